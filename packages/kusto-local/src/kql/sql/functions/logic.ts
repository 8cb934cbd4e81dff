/** Choosing between values: iff, case, coalesce, min_of, max_of, not; and a scalar out of a table. */
import type { KustoType } from '../../../types.ts';
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { Hoisting } from '../context.ts';
import { conform, convert, toText } from '../expressions/conversions.ts';
import { orderBy } from '../relation.ts';
import type { Value } from '../value.ts';
import { isNumeric, value } from '../value.ts';
import { widerType } from '../expressions/comparison.ts';
import type { FunctionTable } from './definition.ts';
import { allArguments, argument, argumentSpan } from './definition.ts';

const many = Number.POSITIVE_INFINITY;

/** The type of a choice: the binder's, or what the branches agree on where it has none. */
function choiceType(call: Call, branches: readonly Value[]): KustoType {
  if (call.type !== 'unknown') return call.type;
  const typedBranches = branches.filter((branch) => branch.literal !== null);
  const [first, ...rest] = typedBranches.length === 0 ? branches : typedBranches;
  if (first === undefined) throw unsupported(`'${call.name}' without values`, call.span);
  return rest.reduce<KustoType>((type, branch) => {
    if (branch.type === type) return type;
    if (isNumeric(branch.type) && isNumeric(type)) return widerType(branch.type, type);
    throw unsupported(`'${call.name}' over values of different types`, call.span);
  }, first.type);
}

function branch(given: Value, type: KustoType, call: Call): string {
  return type === 'string' ? toText(given).sql : conform(given, type, call.span).sql;
}

function condition(call: Call, index: number): string {
  const expression = call.args[index];
  if (expression === undefined) throw unsupported(`'${call.name}' without a condition`, call.span);
  // A null condition takes the other branch, as a false one does.
  const given = call.context.compiler.expression(expression, { ...call.context, filter: true });
  return convert(given, 'bool', argumentSpan(call, index)).sql;
}

function choose(call: Call): Value {
  if (call.args.length % 2 === 0) throw invalid(`${call.name}() needs a value for 'else'`, call.span);
  const conditions: string[] = [];
  const results: Value[] = [];
  for (let index = 0; index + 1 < call.args.length; index += 2) {
    conditions.push(condition(call, index));
    results.push(argument(call, index + 1));
  }
  const last = argument(call, call.args.length - 1);
  const type = choiceType(call, [...results, last]);
  const cases = conditions.map(
    (test, index) =>
      `WHEN ${test} THEN ${results[index] === undefined ? 'NULL' : branch(results[index], type, call)}`,
  );
  const nullable = [...results, last].some((result) => result.nullable);
  return value(`CASE ${cases.join(' ')} ELSE ${branch(last, type, call)} END`, type, nullable);
}

function coalesce(call: Call): Value {
  const values = allArguments(call);
  const type = choiceType(call, values);
  const parts = values.map((part) => branch(part, type, call));
  if (type !== 'string') {
    return value(
      `coalesce(${parts.join(', ')})`,
      type,
      values.every((part) => part.nullable),
    );
  }
  // Strings have no null: coalesce() takes the first that is not empty (coalesce function's documentation).
  return value(`coalesce(${parts.map((part) => `nullif(${part}, '')`).join(', ')}, '')`, 'string');
}

function extreme(sql: 'greatest' | 'least') {
  return (call: Call): Value => {
    const values = allArguments(call);
    const type = choiceType(call, values);
    if (type === 'dynamic' || type === 'guid') {
      throw unsupported(`'${call.name}' over ${type}`, call.span);
    }
    return value(
      `${sql}(${values.map((part) => branch(part, type, call)).join(', ')})`,
      type,
      values.every((part) => part.nullable),
    );
  };
}

function not(call: Call): Value {
  const given = convert(argument(call, 0), 'bool', argumentSpan(call, 0));
  return value(`(NOT ${given.sql})`, 'bool', given.nullable);
}

/** One value for the whole query, also where it is random or any of several: computed once, however often SQL mentions it. */
function toScalar(call: Call): Value {
  const [source] = call.args;
  if (source === undefined) throw invalid('toscalar() needs a table', call.span);
  const { compiler, state, scope } = call.context;
  if (source.kind !== 'subquery') {
    const hoisting = new Hoisting(state);
    const single = argument({ ...call, context: { ...call.context, hoist: hoisting.hoist } }, 0);
    if (hoisting.clause === '') return single;
    const once = state.emit(`SELECT ${single.sql} AS v${hoisting.clause}`, call.span, true);
    return value(`(SELECT v FROM ${once})`, single.type, single.nullable);
  }
  const relation = compiler.tabular(source.source, state, scope);
  const [first] = relation.columns;
  if (first === undefined) throw invalid('toscalar() needs a column', call.span);
  const select = `SELECT ${first.sql} AS v FROM ${relation.from}${orderBy(relation)} LIMIT 1`;
  const query = `(SELECT v FROM ${state.emit(select, call.span, true)})`;
  return value(first.type === 'string' ? `coalesce(${query}, '')` : query, first.type);
}

const iff = { min: 3, max: 3, compile: choose };

export const logicFunctions: FunctionTable = {
  case: { min: 3, max: many, compile: choose },
  coalesce: { min: 2, max: 64, compile: coalesce },
  iff,
  iif: iff,
  max_of: { min: 2, max: 64, compile: extreme('greatest') },
  min_of: { min: 2, max: 64, compile: extreme('least') },
  not: { min: 1, max: 1, compile: not },
  toscalar: { min: 1, max: 1, compile: toScalar },
};
