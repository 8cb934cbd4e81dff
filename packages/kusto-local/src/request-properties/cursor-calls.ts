import { invalid, serviceError } from '../kql/refusal.ts';
import type { Compilation, TextSpan } from '../types.ts';

/** A comment, a string literal, or a call of a cursor function. */
const tokens =
  /\/\/[^\n]*|@"[^"]*"|@'[^']*'|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\b(cursor_after|cursor_before_or_at|cursor_current|current_cursor)(?=\s*\()/g;

/** The place of the first call of a cursor function in a text. */
export function cursorCall(text: string): { readonly name: string; readonly span: TextSpan } | undefined {
  for (const match of text.matchAll(tokens)) {
    const name = match[1];
    if (name !== undefined) return { name, span: { start: match.index, length: name.length } };
  }
  return undefined;
}

/** @throws KustoServiceError when the query uses a cursor function, where those are off for the reason given */
export function refuseCursors(compilation: Compilation, text: string, reason: string): void {
  if (!compilation.usesCursor && !compilation.filtersByCursor) return;
  const call = cursorCall(text);
  const error = invalid(
    `${call?.name ?? 'cursor_after'}() cannot be used: ${reason}`,
    call?.span ?? { start: 0, length: 0 },
  );
  throw serviceError(error, text);
}
