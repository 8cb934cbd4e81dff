import { tokenizeKql } from './kql-tokens.ts';

/**
 * The table that a query begins with: a name before the first pipe of its last statement, or the whole of it. Undefined where
 * something else stands there, a function or an operator.
 * @throws KustoSourceError QUERY for text that has no tokens
 */
export function headTable(text: string): string | undefined {
  const tokens = tokenizeKql(text);
  const end = tokens.findLastIndex(
    ({ kind, text: token, depth }, at) =>
      kind === 'punctuation' && token === ';' && depth === 0 && at < tokens.length - 1,
  );
  const [head, next] = tokens.slice(end + 1);
  if (head === undefined || (head.kind !== 'name' && head.kind !== 'quoted-name')) return undefined;
  return next === undefined || next.text === '|' || next.text === ';' ? head.text : undefined;
}
