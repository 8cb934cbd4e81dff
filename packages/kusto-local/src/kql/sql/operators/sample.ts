/** `as`, `sample`, `sample-distinct` and `top-hitters`. */
import { unsupported } from '../../refusal.ts';
import { conform } from '../expressions/conversions.ts';
import type { Relation } from '../relation.ts';
import { Identifiers } from '../relation.ts';
import type { OperatorInput, OperatorOf } from './operator.ts';
import { rowContext } from './operator.ts';
import { rowCount } from './rows.ts';

/** Gives the rows a name that later parts of the query can use. */
export function as(operator: OperatorOf<'as'>, input: OperatorInput): Relation {
  const from = operator.materialized
    ? input.state.emit(`SELECT * FROM ${input.input.from}`, operator.span, true)
    : input.input.from;
  const relation: Relation = { ...input.input, from, source: operator.name };
  input.scope.bind(operator.name, { kind: 'tabular', relation });
  return relation;
}

/** Rows at random, other ones at every evaluation. */
export function sample(operator: OperatorOf<'sample'>, input: OperatorInput): Relation {
  const from = input.state.emit(
    `SELECT * FROM ${input.input.from} ORDER BY random() LIMIT ${rowCount(operator.count, input)}`,
    operator.span,
  );
  const { serialized: _serialized, ...relation } = input.input;
  return { ...relation, from, order: [] };
}

export function sampleDistinct(operator: OperatorOf<'sampleDistinct'>, input: OperatorInput): Relation {
  const { context, hoisting } = rowContext(input);
  const compiled = conform(
    context.compiler.expression(operator.of, context),
    operator.column.type,
    operator.of.span,
  );
  const column = new Identifiers().column(operator.column.name, operator.column.type);
  const from = input.state.emit(
    `SELECT DISTINCT ${compiled.sql} AS ${column.sql} FROM ${hoisting.from(input.input, operator.span)} LIMIT ${rowCount(operator.count, input)}`,
    operator.span,
  );
  return { from, columns: [column], records: false, order: [] };
}

/** Exact, where the service estimates: the values with the most rows, or with the largest sum. */
export function topHitters(operator: OperatorOf<'topHitters'>, input: OperatorInput): Relation {
  const { context, hoisting } = rowContext(input);
  const identifiers = new Identifiers();
  const [of, measure] = operator.columns.map((column) => identifiers.column(column.name, column.type));
  if (of === undefined || measure === undefined) {
    throw unsupported('the columns of this top-hitters', operator.span);
  }
  const value = conform(context.compiler.expression(operator.of, context), of.type, operator.of.span);
  let total = 'count(*)';
  if (operator.by !== undefined) {
    const summed = context.compiler.expression(operator.by, context);
    if (summed.type !== 'int' && summed.type !== 'long' && summed.type !== 'real') {
      throw unsupported(`top-hitters by a ${summed.type}`, operator.by.span);
    }
    const type = summed.type === 'real' ? 'DOUBLE' : 'BIGINT';
    total = `CAST(coalesce(sum(${summed.sql}), 0) AS ${type})`;
    if (measure.type !== (summed.type === 'real' ? 'real' : 'long')) {
      throw unsupported('the columns of this top-hitters', operator.span);
    }
  }
  const key = input.state.fresh('o');
  const from = input.state.emit(
    `SELECT ${value.sql} AS ${of.sql}, ${total} AS ${measure.sql}, ${total} AS ${key} FROM ${hoisting.from(input.input, operator.span)} GROUP BY 1 ORDER BY 3 DESC LIMIT ${rowCount(operator.count, input)}`,
    operator.span,
  );
  return {
    from,
    columns: [of, measure],
    records: false,
    order: [{ sql: key, direction: 'DESC NULLS LAST' }],
    serialized: 'ordered',
  };
}
