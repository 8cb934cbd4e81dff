/** How a scalar function is described: a table of these is all that a family's file exports. */
import type { KustoType, TextSpan } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { conform, convert, toText } from '../expressions/conversions.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';

export interface ScalarFunction {
  readonly min: number;
  readonly max: number;
  readonly compile: (call: Call) => Value;
  /** The binder's type is not the service's: keep the one that compile gives. */
  readonly ownType?: boolean;
  /** Where the answer may differ from the service's, for the support matrix. */
  readonly note?: string;
}

export type FunctionTable = Readonly<Record<string, ScalarFunction>>;

export function argument(call: Call, index: number): Value {
  const expression = call.args[index];
  if (expression === undefined)
    throw unsupported(`'${call.name}' without its argument ${index + 1}`, call.span);
  return call.context.compiler.expression(expression, call.context);
}

export function allArguments(call: Call): readonly Value[] {
  return call.args.map((_argument, index) => argument(call, index));
}

export function argumentSpan(call: Call, index: number): TextSpan {
  return call.args[index]?.span ?? call.span;
}

/** An argument as the type a function takes: numbers widen, anything can become a string, a dynamic is converted. */
export function typed(call: Call, index: number, type: KustoType): Value {
  const given = argument(call, index);
  if (given.type === type) return given;
  if (type === 'string') return toText(given);
  if (given.type === 'dynamic') return convert(given, type, argumentSpan(call, index));
  return conform(given, type, argumentSpan(call, index));
}

/** An argument that must be written as a literal: its meaning steers the SQL. */
export function literalText(call: Call, index: number): string {
  const given = argument(call, index);
  if (typeof given.literal === 'string' && given.type === 'string') return given.literal;
  throw unsupported(
    `'${call.name}' with an argument ${index + 1} that is not a string literal`,
    argumentSpan(call, index),
  );
}

export function literalInteger(call: Call, index: number): bigint {
  const given = argument(call, index);
  if (typeof given.literal === 'bigint') return given.literal;
  throw unsupported(
    `'${call.name}' with an argument ${index + 1} that is not an integer literal`,
    argumentSpan(call, index),
  );
}

/**
 * A function whose SQL is a template over its arguments, each of a fixed type. A string result is never NULL: it is coalesced to
 * '' when an argument can be null.
 */
export function template(
  parameters: readonly KustoType[],
  result: KustoType,
  sql: (...args: string[]) => string,
  options: { readonly optional?: number; readonly nullable?: boolean } = {},
): ScalarFunction {
  return {
    min: parameters.length - (options.optional ?? 0),
    max: parameters.length,
    compile: (call) => {
      const args = call.args.map((_argument, index) => typed(call, index, parameters[index] ?? 'string'));
      const anyNull = args.some((arg) => arg.nullable);
      const text = sql(...args.map((arg) => arg.sql));
      if (result === 'string') return value(anyNull ? `coalesce(${text}, '')` : text, 'string');
      return value(text, result, options.nullable ?? anyNull);
    },
  };
}
