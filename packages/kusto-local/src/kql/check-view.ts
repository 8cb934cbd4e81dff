/** What a materialized view's query may be (page "create materialized-view", Query parameter). */
import type { TextSpan } from '../types.ts';
import type { Query, Tabular } from './parser/tree/tree.ts';
import { invalid, unsupported } from './refusal.ts';

const aggregates: ReadonlySet<string> = new Set([
  'arg_max',
  'arg_min',
  'avg',
  'avgif',
  'count',
  'countif',
  'dcount',
  'dcountif',
  'hll',
  'make_bag',
  'make_list',
  'make_set',
  'max',
  'min',
  'percentile',
  'percentiles',
  'sum',
  'sumif',
  'take_any',
  'take_anyif',
  'tdigest',
]);

const refusedOperators: ReadonlySet<string> = new Set([
  'partition',
  'serialize',
  'sort',
  'top',
  'top-nested',
]);

/** A view over such a value would be another one each time it is read. */
const changing: ReadonlySet<string> = new Set([
  'ago',
  'cursor_after',
  'cursor_before_or_at',
  'cursor_current',
  'current_cursor',
  'new_guid',
  'now',
  'rand',
]);

const nowhere: TextSpan = { start: 0, length: 0 };

/** @throws QueryError with the place of what is not allowed */
export function checkViewQuery(query: Query, source: string): void {
  const queries = query.statements.filter((statement) => statement.kind === 'query');
  const tabular = queries[0]?.source;
  if (tabular === undefined || queries.length > 1)
    throw invalid('a materialized view has one tabular expression', nowhere);
  if (tabular.kind !== 'pipe' || tabular.operator.kind !== 'summarize')
    throw invalid("a materialized view's query ends with 'summarize'", tabular.span);
  for (const { expression } of tabular.operator.aggregates) {
    if (expression.kind !== 'call' || !aggregates.has(expression.name))
      throw invalid(
        "a materialized view's 'summarize' has single aggregation functions, of those that views support",
        expression.span,
      );
  }
  let head: Tabular = tabular.input;
  while (head.kind === 'pipe') {
    const { operator } = head;
    if (operator.kind === 'summarize')
      throw invalid("a materialized view's query has a single 'summarize'", operator.span);
    if (refusedOperators.has(operator.kind))
      throw invalid(`a materialized view's query has no '${operator.kind}'`, operator.span);
    head = head.input;
  }
  if (head.kind !== 'table' || head.name !== source)
    throw invalid(`a materialized view's query begins with its source table '${source}'`, head.span);
  checkNodes(query, source);
}

/** Looks at every node, wherever it is. */
function checkNodes(root: unknown, source: string): void {
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    checkNode(node as Readonly<Record<string, unknown>>, source);
    open.push(...(Object.values(node) as unknown[]));
  }
}

function checkNode(node: Readonly<Record<string, unknown>>, source: string): void {
  const { kind, name } = node;
  const span = 'span' in node ? (node['span'] as TextSpan) : nowhere;
  if (kind === 'call' && typeof name === 'string' && changing.has(name))
    throw invalid(`a materialized view's query has no ${name}()`, span);
  if (kind === 'table' && name !== source)
    throw unsupported('another table than the source (a dimension table) in a materialized view', span);
  if (kind === 'view' || kind === 'storedResult' || kind === 'tableOf')
    throw unsupported('another source of rows than a table in a materialized view', span);
}
