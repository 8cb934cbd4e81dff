import { KustoError } from '@drasi-kusto/kusto-client';

/** What a person is told of an error: its message on one line, bounded, without a stack trace. */
export function describeError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const hints: string[] = [];
  if (error instanceof KustoError && error.activityId !== undefined)
    hints.push(`activity id ${error.activityId}`);
  const words = (isPage(message) ? message.replaceAll(/<[^>]*>/g, ' ') : message)
    .replaceAll(/\s+/g, ' ')
    .trim();
  const text = `${words.length > 1000 ? `${words.slice(0, 1000)}…` : words}${hints.length > 0 ? ` (${hints.join(', ')})` : ''}`;
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text;
}

/**
 * A proxy between here and Kusto answers with a page: its text may say what is wrong, its markup never does. KQL (`a < 1 and b > 2`)
 * and what is to be filled in (`<cluster>`) have such signs too, and no end tags.
 */
function isPage(message: string): boolean {
  return /<!doctype|<\/[a-z][^>]*>/i.test(message);
}
