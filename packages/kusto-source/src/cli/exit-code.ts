import { KustoError } from '@drasi-kusto/kusto-client';
import { SourceError } from '@drasi-kusto/source-sdk';
import { KustoSourceError } from '../errors.ts';

/** What the exit code of every command means. */
export const exitCodes = { done: 0, failure: 1, configuration: 2, unreachable: 3, denied: 4 } as const;

const configurationCodes: ReadonlySet<string> = new Set([
  'CONFIGURATION',
  'QUERY',
  'SCHEMA',
  'BAD_CONFIGURATION',
  'KUSTO_BAD_CONNECTION_STRING',
  'KUSTO_UNTRUSTED_HOST',
  'KUSTO_PLAIN_HTTP',
  // The service itself says that a name or the query is wrong.
  'KUSTO_BAD_REQUEST',
]);

/** The exit code for an error, by its own code or that of what caused it. */
export function exitCodeOf(error: unknown): number {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at instanceof SourceError && at.code === 'OUTPUT_CLOSED') return exitCodes.done;
    if (at instanceof KustoError) {
      if (at.retryClass === 'unreachable') return exitCodes.unreachable;
      if (at.retryClass === 'denied') return exitCodes.denied;
    }
    const code =
      at instanceof KustoSourceError || at instanceof SourceError || at instanceof KustoError ? at.code : '';
    if (configurationCodes.has(code)) return exitCodes.configuration;
  }
  return exitCodes.failure;
}

/** What stderr says of an error: its message on one line, bounded, without a stack trace. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hints: string[] = [];
  if (error instanceof KustoError && error.activityId !== undefined)
    hints.push(`activity id ${error.activityId}`);
  // A proxy between here and Kusto answers with a page: its text may say what is wrong, its markup never does.
  const words = message
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const text = `${words.length > 1000 ? `${words.slice(0, 1000)}…` : words}${hints.length > 0 ? ` (${hints.join(', ')})` : ''}`;
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}
