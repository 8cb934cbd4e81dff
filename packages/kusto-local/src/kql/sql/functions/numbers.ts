/** Numbers: rounding, powers, bits, bins. */
import type { KustoType } from '../../../types.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { arithmetic } from '../expressions/arithmetic.ts';
import type { Call } from '../context.ts';
import { ordered, widerType } from '../expressions/comparison.ts';
import { convert } from '../expressions/conversions.ts';
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

/** DuckDB raises an error for the angle of infinity. */
const finite = (x: string) => `isfinite(${x})`;

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
  const type = call.type === 'decimal' ? call.type : widerType(given.type, size.type);
  const a = convert(given, type, call.span).sql;
  const b = convert(size, type, call.span).sql;
  return value(`${binMacro(type)}(${a}, ${b})`, type);
}

/** What is left of bin_auto() where no `set` statement gives a size: see `parser/bin-auto.ts`. */
function binAuto(call: Call): Value {
  throw invalid('bin_auto() needs the size of its bins: set query_bin_auto_size = …;', call.span);
}

function binMacro(type: KustoType): string {
  if (type === 'real' || type === 'decimal') return `kql_bin_${type}`;
  return 'kql_bin';
}

/** Page `bin_at()`: the multiple of the size, counted from the fixed point, at or below the value. */
function binAt(call: Call): Value {
  const given = argument(call, 0);
  const size = argument(call, 1);
  const fixed = argument(call, 2);
  if (given.type === 'datetime' || given.type === 'timespan') {
    if (size.type !== 'timespan' || fixed.type !== given.type) {
      throw invalid(`bin_at() of a ${given.type} needs a timespan and a ${given.type}`, call.span);
    }
    const at = `(${fixed.sql} + kql_bin(${given.sql} - ${fixed.sql}, ${size.sql}))`;
    return value(given.type === 'datetime' ? `kql_datetime(${at})` : at, given.type);
  }
  if (![given, size, fixed].every((one) => isNumeric(one.type))) {
    throw invalid('bin_at() needs numbers, or times and a timespan', call.span);
  }
  const type = widerType(widerType(given.type, size.type), fixed.type);
  const [a = '', b = '', at = ''] = [given, size, fixed].map((one) => convert(one, type, call.span).sql);
  return value(`(${at} + ${binMacro(type)}(${a} - ${at}, ${b}))`, type);
}

function whole(sql: 'ceil' | 'floor') {
  return (call: Call): Value => {
    const given = argument(call, 0);
    if (given.type === 'int' || given.type === 'long') return given;
    if (given.type === 'decimal') {
      return value(`CAST(${sql}(${given.sql}) AS DECIMAL(38, 18))`, 'decimal', given.nullable);
    }
    if (given.type !== 'real') throw unsupported(`'${call.name}' of ${given.type}`, call.span);
    return value(`${sql}(${given.sql})`, 'real', given.nullable);
  };
}

function round(call: Call): Value {
  const given = argument(call, 0);
  const precision = call.args.length === 2 ? typed(call, 1, 'int') : undefined;
  if (given.type === 'int' || given.type === 'long') {
    if (precision === undefined) return given;
    const long = convert(given, 'long', call.span);
    return value(
      `CASE WHEN ${precision.sql} >= 0 THEN ${long.sql} ELSE CAST(round(${long.sql}, ${precision.sql}) AS BIGINT) END`,
      'long',
      given.nullable || precision.nullable,
    );
  }
  if (given.type === 'decimal') {
    const digits = call.args.length === 2 ? literalInteger(call, 1) : 0n;
    if (digits < 0n) throw unsupported("'round' of a decimal to a negative precision", argumentSpan(call, 1));
    return value(`CAST(round(${given.sql}, ${digits}) AS DECIMAL(38, 18))`, 'decimal', given.nullable);
  }
  if (given.type !== 'real') throw unsupported(`'round' of ${given.type}`, call.span);
  return value(
    `round(${given.sql}, ${precision?.sql ?? '0'})`,
    'real',
    given.nullable || precision?.nullable === true,
  );
}

/** Page `around()`. */
function around(call: Call): Value {
  const given = argument(call, 0);
  const center = argument(call, 1);
  const delta = argument(call, 2);
  const low = ordered('>=', given, arithmetic('-', center, delta, 'unknown', call.span), false, call.span);
  const high = ordered('<=', given, arithmetic('+', center, delta, 'unknown', call.span), false, call.span);
  return value(`(${low.sql} AND ${high.sql})`, 'bool', low.nullable || high.nullable);
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
  // The count is taken modulo 64, a negative one gives null; the bits themselves are shifted as unsigned ones.
  return template(
    ['long', 'long'],
    'long',
    (a, b) => `CASE WHEN ${b} >= 0 THEN ${sql(a, `(${b} % 64)`)} END`,
    {
      nullable: true,
    },
  );
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
  around: { min: 3, max: 3, compile: around },
  atan: real('atan'),
  atan2: template(roundTypes, 'real', (y, x) => `atan2(${y}, ${x})`),
  bin: { min: 2, max: 2, compile: bin },
  bin_auto: { min: 1, max: 1, compile: binAuto, note: 'with the size and the place of `set` statements' },
  bin_at: { min: 3, max: 3, compile: binAt },
  binary_and: binary((a, b) => `(${a} & ${b})`),
  binary_not: template(['long'], 'long', (a) => `(~${a})`),
  binary_or: binary((a, b) => `(${a} | ${b})`),
  binary_shift_left: shift(
    (a, n) =>
      `CAST(CASE WHEN ${a} IS NULL OR ${n} IS NULL THEN NULL ELSE (((CAST(${a} AS HUGEINT) & 18446744073709551615) * (CAST(1 AS HUGEINT) << CAST(${n} AS INTEGER)) & 18446744073709551615) + 9223372036854775808) % 18446744073709551616 - 9223372036854775808 END AS BIGINT)`,
  ),
  binary_shift_right: shift((a, n) => `(${a} >> CAST(${n} AS INTEGER))`),
  binary_xor: binary((a, b) => `xor(${a}, ${b})`),
  bitset_count_ones: template(['long'], 'long', (a) => `CAST(bit_count(${a}) AS BIGINT)`),
  ceiling: { min: 1, max: 1, compile: whole('ceil'), ownType: true },
  cos: within(finite, (x) => `cos(${x})`),
  cot: within(finite, (x) => `(1 / tan(${x}))`),
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
  sin: within(finite, (x) => `sin(${x})`),
  sqrt: within(
    (x) => `${x} >= 0`,
    (x) => `sqrt(${x})`,
  ),
  tan: within(finite, (x) => `tan(${x})`),
};
