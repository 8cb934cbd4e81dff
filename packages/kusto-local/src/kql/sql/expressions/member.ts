/** `d.a`, `d['a']`, `d[0]`. */
import type { Expression, IndexExpression, MemberExpression } from '../../parser/tree/tree.ts';
import { unsupported } from '../../refusal.ts';
import type { Context } from '../context.ts';
import { tupleElement, tupleFunctions } from '../functions/tuples.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';

/** A step of a path of DuckDB's, or a JSON pointer where no path can say it: `"*"` is a wildcard there, also in quotes. */
function step(expression: IndexExpression | MemberExpression): string | undefined {
  if (expression.kind === 'member') {
    if (expression.name === '' || expression.name === '*') return `/${expression.name}`;
    return `."${expression.name.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  }
  const { index } = expression;
  if (index.kind !== 'literal' || typeof index.value !== 'bigint') return undefined;
  // Kusto counts a negative index from the end; so does DuckDB's `#-1`.
  return index.value < 0n ? `[#${index.value}]` : `[${index.value}]`;
}

function extracted(base: string, steps: readonly string[]): Value {
  let sql = base;
  let path = '';
  const take = (at: string): void => {
    sql = `json_extract(${sql}, ${quoteText(at)})`;
  };
  for (const one of steps) {
    if (!one.startsWith('/')) {
      path += one;
      continue;
    }
    if (path !== '') take(`$${path}`);
    path = '';
    take(one);
  }
  if (path !== '') take(`$${path}`);
  return value(`kql_json(${sql})`, 'dynamic');
}

/** `f(…)[n]` of a function of several values; undefined for anything else. */
function ofTuple(expression: Expression, context: Context): Value | undefined {
  if (expression.kind !== 'index') return undefined;
  const { index, object: call } = expression;
  // The binder has a type for every call but those that make a tuple.
  if (call.kind !== 'call' || call.type !== 'unknown' || !tupleFunctions.has(call.name)) return undefined;
  if (index.kind !== 'literal' || typeof index.value !== 'bigint' || index.value < 0n)
    throw unsupported(`a value of '${call.name}' whose number is not written as a literal`, index.span);
  return tupleElement({ ...call, context }, Number(index.value));
}

/** A chain of constant steps becomes one path, so that a deep access does not repeat its object. */
export function memberAccess(expression: IndexExpression | MemberExpression, context: Context): Value {
  const steps: string[] = [];
  let object: Expression = expression;
  while (object.kind === 'member' || object.kind === 'index') {
    const element = ofTuple(object, context);
    if (element !== undefined) {
      return steps.length === 0 ? element : extracted(element.sql, steps);
    }
    const next = step(object);
    if (next === undefined) break;
    steps.unshift(next);
    object = object.object;
  }
  if (steps.length > 0) return extracted(context.compiler.expression(object, context).sql, steps);
  if (object.kind !== 'index') throw unsupported('this member access', expression.span);
  const base = context.compiler.expression(object.object, context);
  const index = context.compiler.expression(object.index, context);
  if (index.type === 'int' || index.type === 'long') {
    return value(`kql_json(json_extract(${base.sql}, ${index.sql}))`, 'dynamic');
  }
  if (index.type === 'string') {
    return value(
      `CASE WHEN json_type(${base.sql}) = 'OBJECT' THEN kql_json(json_extract(${base.sql}, kql_pointer(${index.sql}))) END`,
      'dynamic',
    );
  }
  throw unsupported(`an index of the type ${index.type}`, expression.span);
}
