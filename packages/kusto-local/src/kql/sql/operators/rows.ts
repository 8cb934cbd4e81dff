/** The operators that choose and order rows. */
import type { Expression, SortKey } from '../../parser/tree/tree.ts';
import { invalid, unsupported } from '../../refusal.ts';
import type { Context } from '../context.ts';
import { convert } from '../expressions/conversions.ts';
import type { OrderKey, Relation } from '../relation.ts';
import { Identifiers, orderBy } from '../relation.ts';
import { quoteText } from '../value.ts';
import type { OperatorInput, OperatorOf } from './operator.ts';
import { compileItems, constantContext, rowContext, selectList } from './operator.ts';

export function filter(operator: OperatorOf<'filter'>, input: OperatorInput): Relation {
  const { context, hoisting } = rowContext(input);
  const condition = context.compiler.expression(operator.condition, { ...context, filter: true });
  const predicate = convert(condition, 'bool', operator.condition.span);
  const from = input.state.emit(
    `SELECT * FROM ${hoisting.from(input.input, operator.span)} WHERE ${predicate.sql}`,
    operator.span,
  );
  return { ...input.input, from };
}

/** A count of rows: a constant expression. */
export function rowCount(expression: Expression, input: OperatorInput): string {
  const compiled = input.compiler.expression(expression, constantContext(input));
  if (compiled.type !== 'int' && compiled.type !== 'long') {
    throw invalid('a number of rows must be an integer', expression.span);
  }
  if (typeof compiled.literal === 'bigint' && compiled.literal < 0n) {
    throw invalid('a number of rows must not be negative', expression.span);
  }
  return typeof compiled.literal === 'bigint' ? String(compiled.literal) : `(${compiled.sql})`;
}

export function take(operator: OperatorOf<'take'>, input: OperatorInput): Relation {
  const from = input.state.emit(
    `SELECT * FROM ${input.input.from}${orderBy(input.input)} LIMIT ${rowCount(operator.count, input)}`,
    operator.span,
  );
  return { ...input.input, from };
}

interface Ordering {
  readonly keys: readonly OrderKey[];
  readonly list: readonly string[];
}

function direction(descending: boolean, nullsFirst: boolean): OrderKey['direction'] {
  if (descending) return nullsFirst ? 'DESC NULLS FIRST' : 'DESC NULLS LAST';
  return nullsFirst ? 'ASC NULLS FIRST' : 'ASC NULLS LAST';
}

function ordering(keys: readonly SortKey[], input: OperatorInput, context: Context): Ordering {
  const made: OrderKey[] = [];
  const list: string[] = [];
  const add = (sql: string, way: OrderKey['direction']) => {
    const name = input.state.fresh('o');
    list.push(`${sql} AS ${name}`);
    made.push({ sql: name, direction: way });
  };
  for (const key of keys) {
    const compiled = context.compiler.expression(key.expression, context);
    if (compiled.type === 'dynamic')
      throw unsupported('a sort by a dynamic value: convert it first, it', key.span);
    if (compiled.type === 'real') {
      // NaN goes with the nulls, not with the numbers (sort operator's documentation).
      add(`kql_nan_rank(${compiled.sql})`, key.nullsFirst ? 'ASC NULLS FIRST' : 'DESC NULLS LAST');
    }
    add(compiled.sql, direction(key.descending, key.nullsFirst));
  }
  return { keys: made, list };
}

export function sort(operator: OperatorOf<'sort'>, input: OperatorInput): Relation {
  const { context, hoisting } = rowContext(input);
  const { keys, list } = ordering(operator.keys, input, context);
  const from = input.state.emit(
    `SELECT *, ${list.join(', ')} FROM ${hoisting.from(input.input, operator.span)}`,
    operator.span,
  );
  // Only the last sort counts.
  return { ...input.input, from, order: keys, serialized: 'ordered' };
}

export function top(operator: OperatorOf<'top'>, input: OperatorInput): Relation {
  const sorted = sort({ kind: 'sort', keys: [operator.key], span: operator.span }, input);
  return take({ kind: 'take', count: operator.count, span: operator.span }, { ...input, input: sorted });
}

export function distinct(operator: OperatorOf<'distinct'>, input: OperatorInput): Relation {
  const { context, hoisting } = rowContext(input);
  const items = compileItems(operator.items, context, new Identifiers());
  const from = input.state.emit(
    `SELECT DISTINCT ${selectList(items).join(', ')} FROM ${hoisting.from(input.input, operator.span)}`,
    operator.span,
  );
  return { from, columns: items.map((item) => item.column), records: false, order: [] };
}

export function count(operator: OperatorOf<'count'>, input: OperatorInput): Relation {
  const identifiers = new Identifiers();
  const columns = operator.columns.map((column) => identifiers.column(column.name, column.type));
  const from = input.state.emit(
    `SELECT count(*) AS ${columns[0]?.sql ?? '"Count"'} FROM ${input.input.from}`,
    operator.span,
  );
  return { from, columns, records: false, order: [] };
}

const dotNetTypes = {
  bool: 'System.SByte',
  datetime: 'System.DateTime',
  decimal: 'System.Data.SqlTypes.SqlDecimal',
  dynamic: 'System.Object',
  guid: 'System.Guid',
  int: 'System.Int32',
  long: 'System.Int64',
  real: 'System.Double',
  string: 'System.String',
  timespan: 'System.TimeSpan',
} as const;

export function getschema(operator: OperatorOf<'getschema'>, input: OperatorInput): Relation {
  const identifiers = new Identifiers();
  const columns = operator.columns.map((column) => identifiers.column(column.name, column.type));
  const rows = input.input.columns.map(
    (column, index) =>
      `(${quoteText(column.name)}, CAST(${index} AS BIGINT), '${dotNetTypes[column.type]}', '${column.type}')`,
  );
  const names = columns.map((column) => column.sql).join(', ');
  // A table always has a column; a projection to none still needs a row to be well-formed.
  const none = rows.length === 0 ? ' WHERE false' : '';
  const from = input.state.emit(
    `SELECT * FROM (VALUES ${rows.length === 0 ? "('', CAST(0 AS BIGINT), '', '')" : rows.join(', ')}) AS t(${names})${none}`,
    operator.span,
  );
  const ordinal = columns[1]?.sql ?? '"ColumnOrdinal"';
  return {
    from,
    columns,
    records: false,
    order: [{ sql: ordinal, direction: 'ASC NULLS LAST' }],
    serialized: 'ordered',
  };
}
