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

/** Thrown where the failure was told already, by a report or a log: nothing is left to say, only the exit code. */
export class AlreadyTold extends Error {
  override readonly name = 'AlreadyTold';
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('the failure was told');
    this.exitCode = exitCode;
  }
}

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
