/** Numbers: rounding, powers, bits, bins. */
import type { KustoType } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { widerType } from '../comparison.ts';
import { convert } from '../conversions.ts';
import type { Value } from '../value.ts';
import { isNumeric, value } from '../value.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { argument, argumentSpan, literalInteger, template, typed } from './definition.ts';

function real(sql: string): ScalarFunction {
  return template(['real'], 'real', (x) => `${sql}(${x})`);
}

/** A function that a value outside its domain has no result for: NaN, as IEEE 754 has it, where DuckDB raises an error. */
function within(domain: (x: string) => string, sql: (x: string) => string): ScalarFunction {
  return template(
    ['real'],
    'real',
    (x) => `CASE WHEN ${x} IS NULL THEN NULL WHEN ${domain(x)} THEN ${sql(x)} ELSE CAST('nan' AS DOUBLE) END`,
  );
}

function logarithm(sql: string): ScalarFunction {
  return template(
    ['real'],
    'real',
    (x) =>
      `CASE WHEN ${x} IS NULL THEN NULL WHEN ${x} > 0 THEN ${sql}(${x}) WHEN ${x} = 0 THEN CAST('-inf' AS DOUBLE) ELSE CAST('nan' AS DOUBLE) END`,
  );
}

/** bin(x, size), floor(x, size): the multiple of the size at or below; of a time, from 0001-01-01. */
function bin(call: Call): Value {
  const given = argument(call, 0);
  if (call.args.length === 1) return whole('floor')(call);
  const size = argument(call, 1);
  if (given.type === 'datetime' || given.type === 'timespan') {
    if (size.type !== 'timespan')
      throw unsupported(`a bin of a ${given.type} by a ${size.type}`, argumentSpan(call, 1));
    return value(`kql_bin(${given.sql}, ${size.sql})`, given.type);
  }
  if (!isNumeric(given.type) || !isNumeric(size.type)) {
    throw unsupported(`a bin of ${given.type} by ${size.type}`, call.span);
  }
  const type = widerType(given.type, size.type);
  if (type === 'decimal') throw unsupported('a bin of decimals', call.span);
  const a = convert(given, type, call.span).sql;
  const b = convert(size, type, call.span).sql;
  return value(`${type === 'real' ? 'kql_bin_real' : 'kql_bin'}(${a}, ${b})`, type);
}

function whole(sql: 'ceil' | 'floor') {
  return (call: Call): Value => {
    const given = argument(call, 0);
    if (given.type === 'int' || given.type === 'long') return given;
    if (given.type !== 'real') throw unsupported(`'${call.name}' of ${given.type}`, call.span);
    return value(`${sql}(${given.sql})`, 'real', given.nullable);
  };
}

function round(call: Call): Value {
  const given = argument(call, 0);
  if (given.type === 'int' || given.type === 'long') return given;
  if (given.type !== 'real') throw unsupported(`'round' of ${given.type}`, call.span);
  const digits = call.args.length === 2 ? literalInteger(call, 1) : 0n;
  return value(`round(${given.sql}, ${digits})`, 'real', given.nullable);
}

function absolute(call: Call): Value {
  const given = argument(call, 0);
  if (!isNumeric(given.type) && given.type !== 'timespan')
    throw unsupported(`'abs' of ${given.type}`, call.span);
  return value(`abs(${given.sql})`, given.type, given.nullable);
}

function sign(call: Call): Value {
  const given = argument(call, 0);
  if (!isNumeric(given.type)) throw unsupported(`'sign' of ${given.type}`, call.span);
  return value(`CAST(sign(${given.sql}) AS DOUBLE)`, 'real', given.nullable);
}

function binary(sql: (a: string, b: string) => string): ScalarFunction {
  return template(['long', 'long'], 'long', sql);
}

function shift(sql: (a: string, b: string) => string): ScalarFunction {
  // The count is taken modulo 64; the bits themselves are shifted as unsigned ones.
  return template(['long', 'long'], 'long', (a, b) => sql(a, `(((${b} % 64) + 64) % 64)`), {
    nullable: true,
  });
}

/** A random number is hoisted: computed once a row, however often SQL mentions it. */
function random(call: Call): Value {
  const drawn = call.context.hoist('random()');
  if (call.args.length === 0) return value(drawn, 'real', false);
  const limit = typed(call, 0, 'long');
  if (typeof limit.literal !== 'bigint' || limit.literal < 2n) {
    throw unsupported("'rand' with a bound that is not a literal above 1", argumentSpan(call, 0));
  }
  return value(`floor(${drawn} * ${limit.sql})`, 'real', false);
}

function newGuid(call: Call): Value {
  return value(call.context.hoist('CAST(uuid() AS VARCHAR)'), 'guid', false);
}

const roundTypes: readonly KustoType[] = ['real', 'real'];

export const numberFunctions: FunctionTable = {
  abs: { min: 1, max: 1, compile: absolute },
  acos: within(
    (x) => `${x} BETWEEN -1 AND 1`,
    (x) => `acos(${x})`,
  ),
  asin: within(
    (x) => `${x} BETWEEN -1 AND 1`,
    (x) => `asin(${x})`,
  ),
  atan: real('atan'),
  atan2: template(roundTypes, 'real', (y, x) => `atan2(${y}, ${x})`),
  bin: { min: 2, max: 2, compile: bin },
  binary_and: binary((a, b) => `(${a} & ${b})`),
  binary_not: template(['long'], 'long', (a) => `(~${a})`),
  binary_or: binary((a, b) => `(${a} | ${b})`),
  binary_shift_left: shift(
    (a, n) =>
      `CAST(CASE WHEN ${a} IS NULL OR ${n} IS NULL THEN NULL ELSE (((CAST(${a} AS HUGEINT) & 18446744073709551615) * (CAST(1 AS HUGEINT) << CAST(${n} AS INTEGER)) & 18446744073709551615) + 9223372036854775808) % 18446744073709551616 - 9223372036854775808 END AS BIGINT)`,
  ),
  binary_shift_right: shift((a, n) => `(${a} >> CAST(${n} AS INTEGER))`),
  binary_xor: binary((a, b) => `xor(${a}, ${b})`),
  ceiling: { min: 1, max: 1, compile: whole('ceil'), ownType: true },
  cos: real('cos'),
  degrees: real('degrees'),
  exp: real('exp'),
  exp10: template(['real'], 'real', (x) => `pow(10, ${x})`),
  exp2: template(['real'], 'real', (x) => `pow(2, ${x})`),
  floor: { min: 1, max: 2, compile: bin },
  log: logarithm('ln'),
  log10: logarithm('log10'),
  log2: logarithm('log2'),
  new_guid: { min: 0, max: 0, compile: newGuid },
  pi: template([], 'real', () => 'pi()'),
  pow: template(roundTypes, 'real', (x, y) => `pow(${x}, ${y})`),
  radians: real('radians'),
  rand: { min: 0, max: 1, compile: random },
  round: { min: 1, max: 2, compile: round },
  sign: { min: 1, max: 1, compile: sign },
  sin: real('sin'),
  sqrt: within(
    (x) => `${x} >= 0`,
    (x) => `sqrt(${x})`,
  ),
  tan: real('tan'),
};
