/** Values of `declare query_parameters(…)`: strings and longs as they are, every other type as a KQL literal in a string. */
import type { CompileRequest } from '../types.ts';
import { parseLiteral } from './parser/literals/literals.ts';
import type { QueryParameter } from './parser/tree/tree.ts';
import { invalid } from './refusal.ts';
import type { Value } from './sql/value.ts';
import { literalValue } from './sql/value.ts';

function wrongType(parameter: QueryParameter): Error {
  return invalid(
    `the value of the query parameter '${parameter.name}' is not a ${parameter.type}`,
    parameter.span,
  );
}

function fromText(parameter: QueryParameter, text: string): Value {
  if (parameter.type === 'string') return literalValue('string', text);
  if (parameter.type === 'dynamic') {
    const json = /^\s*dynamic\s*\(([\s\S]*)\)\s*$/i.exec(text)?.[1] ?? text;
    try {
      return literalValue('dynamic', json.trim() === 'null' ? null : JSON.stringify(JSON.parse(json)));
    } catch {
      throw wrongType(parameter);
    }
  }
  const value = parseLiteral(parameter.type, text.trim());
  if (value === undefined) throw wrongType(parameter);
  return literalValue(parameter.type, value);
}

/** @throws QueryError when a value is missing or has the wrong type */
export function parameterValue(parameter: QueryParameter, values: CompileRequest['parameters']): Value {
  const given = Object.hasOwn(values, parameter.name) ? values[parameter.name] : undefined;
  if (given === undefined) {
    if (parameter.default !== undefined) return literalValue(parameter.type, parameter.default.value);
    throw invalid(`the query parameter '${parameter.name}' has no value and no default`, parameter.span);
  }
  if (typeof given === 'string') return fromText(parameter, given);
  if (typeof given === 'boolean') {
    if (parameter.type === 'bool') return literalValue('bool', given);
    throw wrongType(parameter);
  }
  if (parameter.type === 'real') return literalValue('real', given);
  if (parameter.type === 'string') throw wrongType(parameter);
  return fromText(parameter, String(given));
}
