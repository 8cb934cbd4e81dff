/** `partition by`: a subquery over the rows of each value of a column. */
import { partitionKeyName } from '../../parser/subquery.ts';
import { invalid, unsupported } from '../../refusal.ts';
import type { OrderKey, Relation } from '../relation.ts';
import { carried } from '../relation.ts';
import { duckTypes, value } from '../value.ts';
import { emitLateral, lateral } from './lateral.ts';
import type { OperatorInput, OperatorOf } from './operator.ts';

/** The strategy legacy takes no more partitions than this (partition operator's documentation). */
const legacyPartitions = 64;

export function partition(operator: OperatorOf<'partition'>, input: OperatorInput): Relation {
  const { state } = input;
  // DuckDB (1.5) fails over rows that depend on two others.
  if (state.isNested) throw unsupported('partition inside mv-apply or another partition', operator.span);
  const key = input.input.columns.find((column) => column.name === operator.key);
  if (key === undefined) throw invalid(`Failed to resolve column named '${operator.key}'`, operator.span);
  const source: Relation = operator.materialized
    ? { ...input.input, from: state.emit(`SELECT * FROM ${input.input.from}`, operator.span, true) }
    : input.input;
  const name = state.fresh('k');
  const distinct = state.emit(`SELECT DISTINCT ${key.sql} AS ${name} FROM ${source.from}`, operator.span);
  const failure = `CAST(error('partition: more than ${legacyPartitions} values of the key; use hint.strategy=native or shuffle') AS ${duckTypes[key.type]})`;
  const keys =
    operator.strategy === 'legacy'
      ? state.emit(
          `SELECT CASE WHEN count(*) OVER () > ${legacyPartitions} THEN ${failure} ELSE ${name} END AS ${name} FROM ${distinct}`,
          operator.span,
        )
      : distinct;
  const alias = state.fresh('t');
  const sub = lateral(
    input,
    operator.subquery,
    (scope) => {
      scope.bind(partitionKeyName(operator.key), {
        kind: 'scalar',
        value: value(`${alias}.${name}`, key.type),
      });
      const list = [...source.columns.map((column) => column.sql), ...carried(source)].map(
        (sql) => `p.${sql}`,
      );
      const from = state.emit(
        `SELECT ${list.join(', ')} FROM ${source.from} AS p WHERE p.${key.sql} IS NOT DISTINCT FROM ${alias}.${name}`,
        operator.span,
      );
      return { ...source, from };
    },
    operator.span,
  );
  const list = [
    ...sub.relation.columns.map((column) => `s.${column.sql}`),
    ...sub.relation.order.map((order) => `s.${order.sql}`),
    `${alias}.${name} AS ${name}`,
  ];
  const from = emitLateral(
    input,
    `SELECT ${list.join(', ')} FROM ${keys} AS ${alias}, ${sub.from}`,
    operator.span,
  );
  // The order within each partition; partitions come one after the other.
  const order: readonly OrderKey[] = [{ sql: name, direction: 'ASC NULLS FIRST' }, ...sub.relation.order];
  return { from, columns: sub.relation.columns, records: false, order };
}
