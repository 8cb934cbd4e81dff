/** `make-series` (page "make-series operator"): aggregates over bins of an axis, each group's as arrays. */
import type { KustoType, TextSpan } from '../../../types.ts';
import type { Expression } from '../../parser/tree/tree.ts';
import type { MakeSeriesOperator, SeriesAggregate } from '../../parser/tree/tree-series.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { conform, toJson } from '../expressions/conversions.ts';
import { widerType } from '../expressions/comparison.ts';
import type { Relation, RelationColumn } from '../relation.ts';
import { Identifiers } from '../relation.ts';
import type { Value } from '../value.ts';
import { isNumeric, literalValue, quoteText, value } from '../value.ts';
import type { OperatorInput } from './operator.ts';
import { constantContext, rowContext } from './operator.ts';
import { summarize } from './summarize.ts';

/** An array of make-series has at most this many elements (its page). */
const maxElements = 1_048_576;

/** The axis: `from` and `to` as the text has them, bins counted from `base` by `step`. */
interface Axis {
  readonly type: KustoType;
  readonly value: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly base: string;
  readonly step: string;
}

function constant(expression: Expression, type: KustoType, input: OperatorInput): Value {
  const given = input.compiler.expression(expression, constantContext(input));
  return conform(given, type, expression.span);
}

function checkStep(step: Value, span: TextSpan): string {
  if (step.literal === null) throw invalid('the step of make-series must not be null', span);
  if (step.literal !== undefined && !(Number(step.literal) > 0)) {
    throw invalid('the step of make-series must be above zero', span);
  }
  if (step.literal !== undefined) return step.sql;
  const cast = step.type === 'real' ? 'DOUBLE' : 'BIGINT';
  return `CASE WHEN ${step.sql} > 0 THEN ${step.sql} ELSE CAST(error('the step of make-series must be above zero') AS ${cast}) END`;
}

function axisOf(operator: MakeSeriesOperator, given: Value, input: OperatorInput): Axis {
  const { span } = operator.axis;
  const type = given.type === 'int' ? 'long' : given.type;
  if (type !== 'long' && type !== 'datetime' && type !== 'timespan' && type !== 'real') {
    throw unsupported(`make-series on ${given.type}`, span);
  }
  const bound = (expression: Expression | undefined) =>
    expression === undefined ? undefined : constant(expression, type, input).sql;
  const step = constant(operator.step, type === 'datetime' ? 'timespan' : type, input);
  const from = bound(operator.from);
  return {
    type,
    value: given.sql,
    from,
    to: bound(operator.to),
    // Without a start, and in the alternate syntax, bins are those of bin().
    base: from === undefined || operator.inRange ? (type === 'real' ? '0.0' : '0') : from,
    step: checkStep(step, operator.step.span),
  };
}

/** The number of the bin that a place on the axis is in, from the base. */
function bin(axis: Axis, place: string): string {
  if (axis.type === 'real') return `CAST(floor((${place} - ${axis.base}) / ${axis.step}) AS BIGINT)`;
  return `(kql_floor_div(${place} - ${axis.base}, ${axis.step}))`;
}

/** The rows within the bounds, with the number of their bin. */
function binned(
  operator: MakeSeriesOperator,
  input: OperatorInput,
): { readonly relation: Relation; readonly column: RelationColumn; readonly axis: Axis } {
  const { context, hoisting } = rowContext(input);
  const given = context.compiler.expression(operator.axis, context);
  const place = context.hoist(given.sql);
  const axis = axisOf(operator, { ...given, sql: place }, input);
  const tests = [`${place} IS NOT NULL`];
  if (axis.type === 'real') tests.push(`isfinite(${place})`);
  if (axis.from !== undefined) tests.push(`${place} >= ${axis.from}`);
  if (axis.to !== undefined && !operator.inRange) tests.push(`${place} < ${axis.to}`);
  if (axis.to !== undefined && operator.inRange) {
    const last = bin(axis, axis.to);
    tests.push(
      `CASE WHEN ${place} <= ${axis.to} THEN true WHEN ${bin(axis, place)} = ${last} THEN CAST(error('make-series in range(): whether the last bin has the rows behind the stop is not documented: use from, to and step') AS BOOLEAN) ELSE false END`,
    );
  }
  const sql = input.state.fresh('b');
  const from = input.state.emit(
    `SELECT *, ${bin(axis, place)} AS ${sql} FROM ${hoisting.from(input.input, operator.span)} WHERE ${tests.join(' AND ')}`,
    operator.span,
  );
  const column: RelationColumn = { name: '\u0001bin', type: 'long', sql };
  return { relation: { ...input.input, from, columns: [...input.input.columns, column] }, column, axis };
}

/** What stands where a group has no row in a bin. */
function fallback(aggregate: SeriesAggregate, input: OperatorInput): Value {
  if (aggregate.default === undefined)
    return conform(literalValue('long', 0n), aggregate.type, aggregate.expression.span);
  const given = input.compiler.expression(aggregate.default, constantContext(input));
  if (!isNumeric(given.type)) {
    throw invalid('the default of make-series must be a number', aggregate.default.span);
  }
  return given;
}

function checkAggregates(operator: MakeSeriesOperator): void {
  for (const { type, expression } of operator.aggregates) {
    if (!isNumeric(type)) {
      throw invalid(
        `make-series takes aggregations whose result is a number, not a ${type}`,
        expression.span,
      );
    }
  }
}

function element(aggregate: SeriesAggregate, sql: string, input: OperatorInput): string {
  const other = fallback(aggregate, input);
  const type =
    other.type === aggregate.type || other.literal === null
      ? aggregate.type
      : widerType(aggregate.type, other.type);
  const made = conform(value(sql, aggregate.type), type, aggregate.expression.span);
  const absent = conform(other, type, aggregate.expression.span);
  return `CASE WHEN r."$has" THEN ${toJson(made).sql} ELSE ${toJson(absent).sql} END`;
}

export function makeSeries(operator: MakeSeriesOperator, input: OperatorInput): Relation {
  checkAggregates(operator);
  const { span } = operator;
  const { relation, column, axis } = binned(operator, input);
  const bounded = axis.from !== undefined && axis.to !== undefined;
  if (operator.nonEmpty && (!bounded || operator.by.length > 0)) {
    throw unsupported("make-series kind=nonempty with 'by' or without both bounds", span);
  }
  const grouped = summarize(
    {
      kind: 'summarize',
      by: [
        ...operator.by,
        { expression: { kind: 'column', name: column.name, type: 'long', span }, columns: [column] },
      ],
      aggregates: operator.aggregates.map(({ expression, name, type }) => ({
        expression,
        columns: [{ name, type }],
      })),
      span,
    },
    { ...input, input: relation },
  );
  const { state } = input;
  const keys = grouped.columns.slice(0, operator.by.length);
  const number = grouped.columns[operator.by.length]?.sql ?? '';
  const values = grouped.columns.slice(operator.by.length + 1);
  const rows = state.emit(`SELECT *, true AS "$has" FROM ${grouped.from}`, span, true);
  const keyList = keys.map((key) => key.sql);
  const group = keyList.length === 0 ? '' : ` GROUP BY ${keyList.join(', ')}`;
  const first = axis.from === undefined ? `min(${number})` : firstBin(operator, axis, axis.from);
  const last = axis.to === undefined ? `max(${number})` : lastBin(operator, axis, axis.to);
  // kind=nonempty has no keys and both bounds: its one group is there without rows too.
  const source = operator.nonEmpty ? '' : ` FROM ${rows}${group === '' ? ' HAVING count(*) > 0' : group}`;
  const groups = state.emit(
    `SELECT ${[...keyList, `${first} AS "$first"`, `${last} AS "$last"`].join(', ')} ${source}`,
    span,
  );
  const failure = quoteText(`make-series: an array would have more than ${maxElements} elements`);
  const bins = `generate_series("$first", CASE WHEN "$last" - "$first" >= ${maxElements} THEN CAST(error(${failure}) AS BIGINT) ELSE "$last" END)`;
  const all = state.emit(
    `SELECT ${[...keyList, `unnest(${bins}) AS "$bin"`].join(', ')} FROM ${groups}`,
    span,
  );
  const identifiers = new Identifiers();
  const columns: RelationColumn[] = [];
  const list: string[] = [];
  const add = (name: string, type: KustoType, sql: string) => {
    const made = identifiers.column(name, type);
    columns.push(made);
    list.push(`${sql} AS ${made.sql}`);
  };
  for (const key of keys) add(key.name, key.type, `b.${key.sql}`);
  const array = (sql: string) => `to_json(list(${sql} ORDER BY b."$bin"))`;
  for (const [index, aggregate] of operator.aggregates.entries()) {
    add(aggregate.name, 'dynamic', array(element(aggregate, `r.${values[index]?.sql ?? ''}`, input)));
  }
  const place = `(${axis.base} + b."$bin" * ${axis.step})`;
  add(operator.axisColumn.name, 'dynamic', array(toJson(value(place, axis.type, false)).sql));
  const on = [`r.${number} = b."$bin"`, ...keyList.map((key) => `r.${key} IS NOT DISTINCT FROM b.${key}`)];
  const by =
    keyList.length === 0
      ? ' HAVING count(*) > 0'
      : ` GROUP BY ${keyList.map((key) => `b.${key}`).join(', ')}`;
  const from = state.emit(
    `SELECT ${list.join(', ')} FROM ${all} AS b LEFT JOIN ${rows} AS r ON ${on.join(' AND ')}${by}`,
    span,
  );
  return { from, columns, records: false, order: [] };
}

function firstBin(operator: MakeSeriesOperator, axis: Axis, from: string): string {
  if (!operator.inRange) return '0';
  const first = bin(axis, from);
  const failure = quoteText(
    'make-series in range(): a start that is no multiple of the step: use from, to and step',
  );
  return `CASE WHEN ${first} * ${axis.step} = ${from} THEN ${first} ELSE CAST(error(${failure}) AS BIGINT) END`;
}

/** The end is not part of the series; the stop of range() is. */
function lastBin(operator: MakeSeriesOperator, axis: Axis, to: string): string {
  if (operator.inRange) return bin(axis, to);
  if (axis.type === 'real') return `CAST(ceil((${to} - ${axis.base}) / ${axis.step}) AS BIGINT) - 1`;
  return `(kql_floor_div(${to} - ${axis.base} - 1, ${axis.step}))`;
}
