/** A subquery computed once for each row of another relation. */
import type { TextSpan } from '../../../types.ts';
import { subtableName } from '../../parser/subquery.ts';
import type { Tabular } from '../../parser/tree/tree.ts';
import type { Relation } from '../relation.ts';
import { Scope } from '../state.ts';
import type { OperatorInput } from './operator.ts';

/**
 * Emits the SELECT over a lateral FROM item. DuckDB (1.5) fails, and gives up the whole database, when it copies such a plan to
 * each place that names it: it is computed once.
 */
export function emitLateral(input: OperatorInput, select: string, span: TextSpan): string {
  return input.state.emit(select, span, true);
}

export interface Lateral {
  /** The FROM item that goes after the outer one and a comma: its rows are `s`. */
  readonly from: string;
  readonly relation: Relation;
}

/**
 * @param base makes the subquery's rows; its SQL may name the outer row by its alias, which must be a fresh one
 */
export function lateral(
  input: OperatorInput,
  subquery: Tabular,
  base: (scope: Scope) => Relation,
  span: TextSpan,
): Lateral {
  const { state } = input;
  const scope = new Scope(input.scope);
  const { result, head } = state.nested(() => {
    scope.bind(subtableName, { kind: 'tabular', relation: base(scope) });
    return input.compiler.tabular(subquery, state, scope);
  }, span);
  return { from: `LATERAL (${head}SELECT * FROM ${result.from}) AS s`, relation: result };
}
