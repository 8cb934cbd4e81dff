import type { Column, TextSpan } from '../../../types.ts';
import { invalid } from '../../refusal.ts';
import type { Hoisting } from '../context.ts';
import { conform } from '../expressions/conversions.ts';
import type { Relation } from '../relation.ts';
import { carried, Identifiers } from '../relation.ts';
import type { Value } from '../value.ts';
import type { OperatorInput } from './operator.ts';

/**
 * The rows with some columns computed and the others as they are. The columns are the binder's output, in order.
 *
 * @param condition keeps only some rows
 */
export function extendWith(
  columns: readonly Column[],
  values: ReadonlyMap<string, Value>,
  hoisting: Hoisting,
  input: OperatorInput,
  span: TextSpan,
  condition?: string,
): Relation {
  const identifiers = new Identifiers();
  const made = columns.map((column) => identifiers.column(column.name, column.type));
  const list = made.map((column) => {
    const computed = values.get(column.name);
    const kept = input.input.columns.find((candidate) => candidate.name === column.name);
    if (computed === undefined && kept === undefined) {
      throw invalid(`Failed to resolve column named '${column.name}'`, span);
    }
    const sql = computed === undefined ? (kept?.sql ?? '') : conform(computed, column.type, span).sql;
    return sql === column.sql ? sql : `${sql} AS ${column.sql}`;
  });
  const from = input.state.emit(
    `SELECT ${[...list, ...carried(input.input)].join(', ')} FROM ${hoisting.from(input.input, span)}${condition === undefined ? '' : ` WHERE ${condition}`}`,
    span,
  );
  return { ...input.input, from, columns: made };
}
