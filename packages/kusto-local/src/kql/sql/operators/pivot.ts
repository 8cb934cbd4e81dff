/** `evaluate pivot` (page "pivot plugin"): the values of a column become columns. */
import type { KustoType } from '../../../types.ts';
import type { Expression, OutputItem } from '../../parser/tree/tree.ts';
import type { PivotOperator } from '../../parser/tree/tree-plugins.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { conform, toText } from '../expressions/conversions.ts';
import type { Relation, RelationColumn } from '../relation.ts';
import { Identifiers } from '../relation.ts';
import { nullOf, quoteText, value } from '../value.ts';
import type { OperatorInput } from './operator.ts';
import { summarize } from './summarize.ts';

/** What a cell has that no row falls into: the aggregation over no rows. */
const emptyCells: Readonly<Record<string, '0' | 'null'>> = {
  avg: 'null',
  count: '0',
  dcount: '0',
  max: 'null',
  min: 'null',
  sum: '0',
  take_any: 'null',
};

function pivotText(operator: PivotOperator, input: OperatorInput): string {
  const column = input.input.columns.find(({ name }) => name === operator.pivot);
  if (column === undefined)
    throw invalid(`Failed to resolve column named '${operator.pivot}'`, operator.span);
  if (column.type !== 'string') {
    throw unsupported(`pivot() by a ${column.type} column: use tostring(), it`, operator.span);
  }
  const failure = `error('pivot: an empty text is no name of a column')`;
  return `CASE WHEN ${column.sql} = '' THEN ${failure} ELSE ${toText(value(column.sql, 'string')).sql} END`;
}

function aggregateOf(operator: PivotOperator): {
  readonly call: Expression & { readonly kind: 'call' };
  readonly type: KustoType;
} {
  const call = operator.aggregate ?? {
    kind: 'call',
    name: 'count',
    args: [],
    type: 'long',
    span: operator.span,
  };
  if (emptyCells[call.name] === undefined) throw unsupported(`pivot() with '${call.name}'`, call.span);
  if (call.type === 'unknown') throw unsupported('this aggregation of pivot()', call.span);
  return { call, type: call.type };
}

export function pivotDiscovery(operator: PivotOperator, input: OperatorInput): string {
  const { type } = aggregateOf(operator);
  return `SELECT name, '${type}' AS type FROM (SELECT DISTINCT ${pivotText(operator, input)} AS name FROM ${input.input.from}) ORDER BY name`;
}

export function pivot(operator: PivotOperator, input: OperatorInput): Relation {
  const { columns, span } = operator;
  if (columns === undefined)
    throw unsupported('pivot() in a subquery without an output schema: write one, it', span);
  const { call, type } = aggregateOf(operator);
  const { state } = input;
  const turned = state.fresh('p');
  const from = state.emit(
    `SELECT *, ${pivotText(operator, input)} AS ${turned} FROM ${input.input.from}`,
    span,
  );
  const marker: RelationColumn = { name: '\u0001pivot', type: 'string', sql: turned };
  const keys = operator.keys.filter((key) => columns.some((column) => column.name === key.name));
  if (keys.length !== operator.keys.length) {
    throw unsupported('an output schema of pivot() without all the columns that stay', span);
  }
  const by = (name: string, keyType: KustoType): OutputItem => ({
    expression: { kind: 'column', name, type: keyType, span },
    columns: [{ name, type: keyType }],
  });
  const grouped = summarize(
    {
      kind: 'summarize',
      by: [...keys.map((key) => by(key.name, key.type)), by(marker.name, 'string')],
      aggregates: [{ expression: call, columns: [{ name: '\u0001cell', type }] }],
      span,
    },
    { ...input, input: { ...input.input, from, columns: [...input.input.columns, marker] } },
  );
  const rows = state.emit(`SELECT * FROM ${grouped.from}`, span, true);
  const mark = grouped.columns[keys.length]?.sql ?? '';
  const cell = grouped.columns[keys.length + 1]?.sql ?? '';
  const identifiers = new Identifiers();
  const made = columns.map((column) => identifiers.column(column.name, column.type));
  const values: string[] = [];
  const list = made.map((column) => {
    const key = keys.findIndex(({ name }) => name === column.name);
    if (key >= 0) return `${grouped.columns[key]?.sql ?? ''} AS ${column.sql}`;
    values.push(quoteText(column.name));
    const found = `max(${cell}) FILTER (WHERE ${mark} = ${quoteText(column.name)})`;
    // One row at most has the mark: max() only takes it out of its group.
    const empty =
      emptyCells[call.name] === '0'
        ? conform({ sql: '0', type: 'long', nullable: false, literal: 0n }, type, span).sql
        : nullOf(type).sql;
    return `${conform(value(`coalesce(${found}, ${empty})`, type), column.type, span).sql} AS ${column.sql}`;
  });
  if (operator.discovered === undefined) checkValues(values, rows, mark, list, made, span, input);
  const group =
    keys.length === 0
      ? ' HAVING count(*) > 0'
      : ` GROUP BY ${keys.map((_key, index) => grouped.columns[index]?.sql ?? '').join(', ')}`;
  const result = state.emit(`SELECT ${list.join(', ')} FROM ${rows}${group}`, span);
  return { from: result, columns: made, records: false, order: [] };
}

/** "An error is raised if the run-time schema doesn't match": values without a column, and columns without a value. */
function checkValues(
  values: readonly string[],
  rows: string,
  mark: string,
  list: string[],
  made: readonly RelationColumn[],
  span: PivotOperator['span'],
  input: OperatorInput,
): void {
  const last = made.at(-1);
  const item = list.pop();
  if (last === undefined || item === undefined) throw invalid('the output schema of pivot() is empty', span);
  const told = `[${values.join(', ')}]`;
  const found = input.state.emit(`SELECT list(DISTINCT ${mark}) AS found FROM ${rows}`, span);
  const same = `(SELECT len(list_intersect(found, ${told})) = len(found) AND len(found) = ${values.length} FROM ${found})`;
  const sql = item.slice(0, item.length - ` AS ${last.sql}`.length);
  list.push(
    `CASE WHEN ${same} THEN ${sql} ELSE error('pivot: the output schema does not match the values of the column') END AS ${last.sql}`,
  );
}
