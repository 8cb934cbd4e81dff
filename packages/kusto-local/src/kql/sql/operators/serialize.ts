/** Serialized row sets: rows whose order is fixed, so that window functions can be computed over them. */
import type { TextSpan } from '../../../types.ts';
import type { Operator } from '../../parser/tree/tree.ts';
import { orderBy } from '../relation.ts';
import type { Relation } from '../relation.ts';
import type { CompileState } from '../state.ts';
import type { OperatorInput, OperatorOf } from './operator.ts';
import { extend } from './project.ts';
import { windowFunctions } from '../functions/windows.ts';

/**
 * Gives each row its number in the present order, once: rows that the sort keys leave equal then have one order for all
 * window functions and for the answer itself.
 */
export function freeze(relation: Relation, state: CompileState, span: TextSpan): Relation {
  const ordinal = state.fresh('o');
  const from = state.emit(
    `SELECT *, row_number() OVER (${orderBy(relation).trim()}) AS ${ordinal} FROM ${relation.from}`,
    span,
    true,
  );
  return {
    ...relation,
    from,
    order: [{ sql: ordinal, direction: 'ASC NULLS LAST' }],
    serialized: 'numbered',
  };
}

function callsWindowFunction(node: unknown): boolean {
  if (typeof node !== 'object' || node === null) return false;
  if (Array.isArray(node)) return node.some((item) => callsWindowFunction(item));
  const fields = node as Readonly<Record<string, unknown>>;
  // A subquery has rows of its own.
  if (fields['kind'] === 'subquery') return false;
  if (
    fields['kind'] === 'call' &&
    typeof fields['name'] === 'string' &&
    Object.hasOwn(windowFunctions, fields['name'])
  ) {
    return true;
  }
  return Object.values(fields).some((field) => callsWindowFunction(field));
}

const rowWise: ReadonlySet<Operator['kind']> = new Set<Operator['kind']>([
  'distinct',
  'extend',
  'filter',
  'project',
  'serialize',
  'sort',
  'summarize',
  'top',
]);

/** The input with the order of its rows fixed, when it is serialized and the operator's expressions look at other rows. */
export function frozenFor(operator: Operator, input: OperatorInput): OperatorInput {
  if (input.input.serialized !== 'ordered' || !rowWise.has(operator.kind) || !callsWindowFunction(operator)) {
    return input;
  }
  return { ...input, input: freeze(input.input, input.state, operator.span) };
}

/** `serialize`: fixes the order that the rows happen to have, then extends them. */
export function serialize(operator: OperatorOf<'serialize'>, input: OperatorInput): Relation {
  return extend(operator, { ...input, input: freeze(input.input, input.state, operator.span) });
}
