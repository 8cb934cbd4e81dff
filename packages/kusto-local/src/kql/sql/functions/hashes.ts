/**
 * Hashes (pages `hash() function`, `hash_xxhash64() function`, `hash_many() function`, `hash_combine() function`, `hash_sha256()
 * function` and its siblings).
 *
 * The digests are of a value's text, as tostring() gives it. hash() and hash_xxhash64() take a value as bytes; the pages' examples
 * confirm two rules: a string is its UTF-8, a datetime is its ticks as 8 bytes, little-endian. The other types follow by analogy,
 * without an example to confirm them: timespan, long and int (as a long) as 8 bytes of their number, real as its IEEE 754 bits,
 * bool as one byte, guid as its 16 bytes in .NET's order, decimal as the UTF-8 of its text. Null is hashed as no bytes at all, as
 * the empty string is.
 *
 * How hash_many() and hash_combine() combine is not documented: their values are stable and depend on the order, and are not the
 * service's.
 */
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { convert, toText } from '../expressions/conversions.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { allArguments, argument, argumentSpan, typed } from './definition.ts';

/** xxHash64 of no bytes. */
const emptyHash = '-1205034819632174695';

/** The number whose eight bytes stand for a value; undefined for a value of other bytes. */
function eightBytes(given: Value): string | undefined {
  switch (given.type) {
    case 'datetime':
    case 'long':
    case 'timespan':
      return given.sql;
    case 'int':
      return `CAST(${given.sql} AS BIGINT)`;
    case 'real':
      return `kql_real_bits(${given.sql})`;
    default:
      return undefined;
  }
}

/** xxHash64 of a value's bytes; NULL of none. */
function hashOfBytes(given: Value, call: Call, index: number): string {
  if (given.type === 'guid') return `kql_xxhash64(kql_guid_bytes(${given.sql}))`;
  if (given.type === 'bool') {
    return `kql_xxhash64(unhex(CASE WHEN ${given.sql} THEN '01' WHEN NOT ${given.sql} THEN '00' END))`;
  }
  // A null has no bytes, and so has the empty text.
  return `kql_xxhash64_text(${convert(given, 'string', argumentSpan(call, index)).sql})`;
}

/** SQL for what hash() gives of the argument at the index, never NULL. */
export function xxHash(given: Value, call: Call, index: number): string {
  const number = eightBytes(given);
  if (number === undefined) {
    const hashed = hashOfBytes(given, call, index);
    return given.nullable ? `coalesce(${hashed}, ${emptyHash})` : hashed;
  }
  const hashed = `kql_xxhash64_long(${number})`;
  return given.nullable ? `coalesce(${hashed}, ${emptyHash})` : hashed;
}

function hash(call: Call): Value {
  const base = xxHash(argument(call, 0), call, 0);
  if (call.args.length === 1) return value(base, 'long', false);
  const modulus = argument(call, 1);
  const span = argumentSpan(call, 1);
  if (modulus.type !== 'int' && modulus.type !== 'long') {
    throw unsupported(`'${call.name}' modulo a ${modulus.type}`, span);
  }
  if (typeof modulus.literal === 'bigint') {
    if (modulus.literal <= 0n) throw invalid(`${call.name}() needs a modulus above 0`, span);
    return value(`kql_mod(${base}, ${modulus.sql})`, 'long', false);
  }
  return value(`CASE WHEN ${modulus.sql} > 0 THEN kql_mod(${base}, ${modulus.sql}) END`, 'long');
}

function combine(hashes: readonly string[]): Value {
  const [first = emptyHash, ...rest] = hashes;
  return value(
    rest.reduce((combined, next) => `kql_hash_combine(${combined}, ${next})`, first),
    'long',
    hashes.length === 0,
  );
}

function hashMany(call: Call): Value {
  return combine(allArguments(call).map((given, index) => xxHash(given, call, index)));
}

function hashCombine(call: Call): Value {
  const hashes = call.args.map((_argument, index) => typed(call, index, 'long'));
  const combined = combine(hashes.map((given) => given.sql));
  return { ...combined, nullable: hashes.some((given) => given.nullable) };
}

function digest(sql: string): ScalarFunction {
  return { min: 1, max: 1, compile: (call) => value(`${sql}(${toText(argument(call, 0)).sql})`, 'string') };
}

const plainHash: ScalarFunction = { min: 1, max: 2, compile: hash };

const notTheService =
  'not the values of the service, whose way of combining hashes is not documented; stable from query to query';

export const hashFunctions: FunctionTable = {
  hash: plainHash,
  hash_combine: { min: 2, max: 64, compile: hashCombine, note: notTheService },
  hash_many: { min: 2, max: 64, compile: hashMany, note: notTheService },
  hash_md5: digest('md5'),
  hash_sha1: digest('sha1'),
  hash_sha256: digest('sha256'),
  hash_xxhash64: plainHash,
};
