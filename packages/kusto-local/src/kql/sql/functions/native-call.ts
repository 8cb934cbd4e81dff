/** Calls of functions that are computed in JavaScript (`engine/native/`): arguments and results as they want them. */
import type { KustoType } from '../../../types.ts';
import type { Call } from '../context.ts';
import { toJson, toText } from '../expressions/conversions.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import type { ScalarFunction } from './definition.ts';
import { argument, typed } from './definition.ts';
import { unsupported } from '../../refusal.ts';
import { argumentSpan } from './definition.ts';

/**
 * How an argument is handed over: `text` as a string is; `json` any value as JSON; `array`, `bag` and `dynamic` a dynamic as JSON;
 * `long` and `real` a number as JSON.
 */
export type NativeParameter = 'array' | 'bag' | 'dynamic' | 'json' | 'long' | 'real' | 'text';

function orNull(given: Value): string {
  return given.nullable ? `coalesce(CAST(${given.sql} AS VARCHAR), 'null')` : `CAST(${given.sql} AS VARCHAR)`;
}

/** Any value as JSON text, `null` for a null. */
export function jsonText(given: Value): string {
  if (given.literal === null) return "'null'";
  return orNull(toJson(given));
}

/** The SQL of one argument. @throws QueryError when it is of a type that the function does not take */
export function nativeArgument(call: Call, index: number, parameter: NativeParameter): string {
  switch (parameter) {
    case 'text':
      return toText(argument(call, index)).sql;
    case 'json':
      return jsonText(argument(call, index));
    case 'long':
    case 'real':
      return orNull(typed(call, index, parameter));
    case 'array':
    case 'bag':
    case 'dynamic':
    default: {
      const given = argument(call, index);
      if (given.type !== 'dynamic' && given.literal !== null)
        throw unsupported(`'${call.name}' of a ${given.type}`, argumentSpan(call, index));
      return jsonText(given);
    }
  }
}

/** The result of a native function as a value of a type: `null` is NULL, but for a string. */
function nativeResult(sql: string, type: KustoType): Value {
  switch (type) {
    case 'string':
      return value(sql, 'string');
    case 'dynamic':
      return value(`CAST(nullif(${sql}, 'null') AS JSON)`, 'dynamic');
    case 'bool':
      return value(`CAST(nullif(${sql}, 'null') AS BOOLEAN)`, 'bool');
    case 'real':
      return value(`CAST(nullif(${sql}, 'null') AS DOUBLE)`, 'real');
    case 'long':
    default:
      return value(`CAST(nullif(${sql}, 'null') AS BIGINT)`, 'long');
  }
}

export function nativeCall(name: string, args: readonly string[], type: KustoType): Value {
  return nativeResult(`kql_js_${name}(${args.join(', ')})`, type);
}

/**
 * A function whose arguments are handed on one by one. An argument that the call leaves out is the text of `defaults`, which
 * stand for the last parameters.
 */
export function nativeFunction(
  name: string,
  parameters: readonly NativeParameter[],
  type: KustoType,
  defaults: readonly string[] = [],
): ScalarFunction {
  const required = parameters.length - defaults.length;
  return {
    min: required,
    max: parameters.length,
    compile: (call) =>
      nativeCall(
        name,
        parameters.map((parameter, index) =>
          index < call.args.length
            ? nativeArgument(call, index, parameter)
            : `'${defaults[index - required] ?? ''}'`,
        ),
        type,
      ),
  };
}

/** Arguments from one place on, all of one kind, as one JSON array. */
export function nativeList(call: Call, from: number, parameter: NativeParameter): string {
  const parts = call.args
    .slice(from)
    .map((_argument, index) => nativeArgument(call, from + index, parameter));
  return parts.length === 0 ? "'[]'" : `('[' || ${parts.join(` || ',' || `)} || ']')`;
}

/** A function over any number of arguments, handed on as one JSON array. */
export function nativeListFunction(
  name: string,
  parameter: NativeParameter,
  type: KustoType,
  count: readonly [number, number],
): ScalarFunction {
  return {
    min: count[0],
    max: count[1],
    compile: (call) => nativeCall(name, [nativeList(call, 0, parameter)], type),
  };
}
