/** Functions over the rows in their order (page "window functions"): they need a serialized row set. */
import type { KustoType } from '../../../types.ts';
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { hoistSource } from '../context.ts';
import { conform, convert } from '../expressions/conversions.ts';
import type { Relation } from '../relation.ts';
import { orderBy } from '../relation.ts';
import type { Value } from '../value.ts';
import { literalValue, value } from '../value.ts';
import type { FunctionTable } from './definition.ts';
import { argument, argumentSpan } from './definition.ts';

/** @throws QueryError when the rows have no fixed order here */
function serializedRows(call: Call): Relation {
  const { row } = call.context;
  if (row?.serialized !== undefined) return row;
  throw invalid(
    `Function '${call.name}' cannot be invoked in current context. Details: the row set must be serialized (use serialize or sort)`,
    call.span,
  );
}

/** ` ORDER BY …` of the rows: their ordinal. */
function rowOrder(call: Call): string {
  return orderBy(serializedRows(call)).trim();
}

/** A value that is the same for every row. */
function constantArgument(call: Call, index: number, type: KustoType): Value {
  const expression = call.args[index];
  if (expression === undefined)
    throw unsupported(`'${call.name}' without its argument ${index + 1}`, call.span);
  try {
    const given = call.context.compiler.expression(expression, { ...call.context, row: undefined });
    return conform(given, type, expression.span);
  } catch {
    throw unsupported(
      `'${call.name}' with an argument ${index + 1} that is not a constant ${type}`,
      expression.span,
    );
  }
}

function constantInteger(call: Call, index: number): bigint {
  const given = constantArgument(call, index, 'long');
  if (typeof given.literal === 'bigint') return given.literal;
  throw unsupported(
    `'${call.name}' with an argument ${index + 1} that is not an integer literal`,
    argumentSpan(call, index),
  );
}

/** `PARTITION BY … ORDER BY …`: the runs of rows between restarts. A null restart is no restart. */
function runs(call: Call, restart: number): { readonly over: string; readonly part: string | undefined } {
  const order = rowOrder(call);
  const expression = call.args[restart];
  if (expression === undefined) return { over: order, part: undefined };
  const given = call.context.compiler.expression(expression, { ...call.context, filter: false });
  const condition = convert(given, 'bool', expression.span).sql;
  const part = call.context.hoist(
    `sum(CASE WHEN ${condition} THEN 1 ELSE 0 END) OVER (${order} ROWS UNBOUNDED PRECEDING)`,
  );
  return { over: `PARTITION BY ${part} ${order}`, part };
}

/** The rows are numbered from the start index again where the restart is true. */
function rowNumber(call: Call): Value {
  const start = call.args.length === 0 ? literalValue('long', 1n) : constantArgument(call, 0, 'long');
  const { over } = runs(call, 1);
  const number = call.context.hoist(`row_number() OVER (${over})`);
  return value(`(${number} - 1 + ${start.sql})`, 'long', start.nullable);
}

/** A null adds nothing. A sum beyond the range of its type is an error. */
function cumulativeSum(call: Call): Value {
  const term = argument(call, 0);
  if (term.type !== 'int' && term.type !== 'long' && term.type !== 'real') {
    throw unsupported(`'${call.name}' over ${term.type}`, argumentSpan(call, 0));
  }
  const { over } = runs(call, 1);
  const zero = term.type === 'real' ? '0.0' : '0';
  const sum = call.context.hoist(
    `sum(coalesce(${term.sql}, ${zero})) OVER (${over} ROWS UNBOUNDED PRECEDING)`,
  );
  const type = term.type === 'int' ? 'INTEGER' : 'BIGINT';
  return value(term.type === 'real' ? sum : `CAST(${sum} AS ${type})`, term.type, false);
}

function neighbour(direction: 'lag' | 'lead') {
  return (call: Call): Value => {
    const order = rowOrder(call);
    const column = argument(call, 0);
    const offset = call.args.length < 2 ? 1n : constantInteger(call, 1);
    if (offset < 0n) throw invalid(`${call.name}(): the offset must not be negative`, argumentSpan(call, 1));
    const fallback =
      call.args.length < 3
        ? literalValue(column.type, null)
        : conform(argument(call, 2), column.type, argumentSpan(call, 2));
    const sql = `${direction}(${column.sql}, ${offset}, ${fallback.sql}) OVER (${order})`;
    return value(call.context.hoist(sql), column.type, column.nullable || fallback.nullable);
  };
}

/** Marks the rows where the term differs from the row before, and the first row of each run. */
function changes(call: Call): { readonly over: string; readonly changed: string; readonly number: string } {
  const term = argument(call, 0);
  if (term.type === 'dynamic') throw unsupported(`'${call.name}' over dynamic values`, argumentSpan(call, 0));
  const { over } = runs(call, 1);
  const number = call.context.hoist(`row_number() OVER (${over})`);
  const before = call.context.hoist(`lag(${term.sql}) OVER (${over})`);
  return { over, changed: `(${number} = 1 OR ${term.sql} IS DISTINCT FROM ${before})`, number };
}

function denseRank(call: Call): Value {
  const { over, changed } = changes(call);
  const sql = `sum(CASE WHEN ${changed} THEN 1 ELSE 0 END) OVER (${over} ROWS UNBOUNDED PRECEDING)`;
  return value(`CAST(${call.context.hoist(sql)} AS BIGINT)`, 'long', false);
}

function minimalRank(call: Call): Value {
  const { over, changed, number } = changes(call);
  const sql = `max(CASE WHEN ${changed} THEN ${number} END) OVER (${over} ROWS UNBOUNDED PRECEDING)`;
  return value(call.context.hoist(sql), 'long', false);
}

/** The start of the session that each row's time is in. The walk needs the row before: it is done in one pass over all rows. */
function windowSession(call: Call): Value {
  const order = rowOrder(call);
  const time = argument(call, 0);
  if (time.type !== 'datetime') throw invalid(`${call.name}() takes a datetime`, argumentSpan(call, 0));
  const fromFirst = constantArgument(call, 1, 'timespan').sql;
  const between = constantArgument(call, 2, 'timespan').sql;
  const restart = call.args[3];
  const given =
    restart === undefined
      ? undefined
      : call.context.compiler.expression(restart, { ...call.context, filter: false });
  const condition =
    given === undefined || restart === undefined ? 'false' : convert(given, 'bool', restart.span).sql;
  const row = call.context.hoist(
    `coalesce(CAST(${time.sql} AS VARCHAR), 'n') || CASE WHEN ${condition} THEN 'r' ELSE '' END`,
  );
  const number = call.context.hoist(`row_number() OVER (${order})`);
  const walk = `kql_row_sessions(string_agg(${row}, ',' ORDER BY ${number}), ${fromFirst}, ${between})`;
  const starts = `(SELECT CAST(CAST(${walk} AS JSON) AS BIGINT[]) FROM ${hoistSource})`;
  return value(call.context.hoist(`list_extract(${starts}, ${number})`), 'datetime');
}

export const windowFunctions: FunctionTable = {
  next: { min: 1, max: 3, compile: neighbour('lead') },
  prev: { min: 1, max: 3, compile: neighbour('lag') },
  row_cumsum: { min: 1, max: 2, compile: cumulativeSum },
  row_number: { min: 0, max: 2, compile: rowNumber },
  row_rank_dense: { min: 1, max: 2, compile: denseRank },
  row_window_session: { min: 3, max: 4, compile: windowSession },
  row_rank_min: { min: 1, max: 2, compile: minimalRank },
};
