import { tokenizeKql } from './kql-tokens.ts';
import type { SourceQuery } from './source-query.ts';

/** What of KUSTO_QUERY decides how changes of its rows can be seen. */
export interface QueryShape {
  /** Names of the operators behind the table, in their order; none for the whole table. */
  readonly operators: readonly string[];
  /** An operator may leave rows out: a row can leave the result although it stays in the table. */
  readonly filters: boolean;
}

const filterOperators: ReadonlySet<string> = new Set(['where', 'filter', 'parse-where']);

/** Reads the shape off a query that was checked: the name behind each pipe outside of all brackets is an operator. */
export function queryShape({ text }: SourceQuery): QueryShape {
  const tokens = tokenizeKql(text);
  const operators = tokens
    .filter((_, index) => {
      const before = tokens[index - 1];
      return before?.kind === 'punctuation' && before.text === '|' && before.depth === 0;
    })
    .map((token) => token.text);
  return { operators, filters: operators.some((name) => filterOperators.has(name)) };
}
