/**
 * Hashes. hash(), hash_many() and hash_xxhash64() are stable within one version of this endpoint, well spread and aware of the
 * type, but are not the service's values: the documentation says not to keep them. The digests are the true ones.
 */
import type { KustoType } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { convert, toText } from '../conversions.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import type { FunctionTable, ScalarFunction } from './definition.ts';
import { allArguments, argument, argumentSpan } from './definition.ts';

/** Types that DuckDB holds alike are told apart by a tag. */
const tags: Readonly<Partial<Record<KustoType, string>>> = {
  datetime: 'datetime',
  dynamic: 'dynamic',
  guid: 'guid',
  timespan: 'timespan',
};

function hashable(given: Value, call: Call, index: number): string {
  const wide = given.type === 'int' ? convert(given, 'long', argumentSpan(call, index)) : given;
  const tag = tags[given.type];
  const sql = given.type === 'dynamic' ? toText(given).sql : wide.sql;
  return tag === undefined ? sql : `hash('${tag}', ${sql})`;
}

/** A number of 63 bits: never negative, so that a remainder is not either. */
function positive(hash: string): Value {
  return value(`CAST(${hash} >> 1 AS BIGINT)`, 'long', false);
}

function hash(call: Call): Value {
  const base = positive(`hash(${hashable(argument(call, 0), call, 0)})`);
  if (call.args.length === 1) return base;
  const modulus = argument(call, 1);
  if (modulus.type !== 'int' && modulus.type !== 'long') {
    throw unsupported(`'${call.name}' modulo a ${modulus.type}`, argumentSpan(call, 1));
  }
  return value(
    `(${base.sql} % ${modulus.sql})`,
    'long',
    typeof modulus.literal !== 'bigint' || modulus.literal === 0n,
  );
}

function hashMany(call: Call): Value {
  const parts = allArguments(call).map((given, index) => hashable(given, call, index));
  return positive(`hash(${parts.join(', ')})`);
}

function digest(sql: string): ScalarFunction {
  return { min: 1, max: 1, compile: (call) => value(`${sql}(${toText(argument(call, 0)).sql})`, 'string') };
}

const plainHash: ScalarFunction = { min: 1, max: 2, compile: hash };

export const hashFunctions: FunctionTable = {
  hash: plainHash,
  hash_many: { min: 2, max: 64, compile: hashMany },
  hash_md5: digest('md5'),
  hash_sha1: digest('sha1'),
  hash_sha256: digest('sha256'),
  hash_xxhash64: plainHash,
};
