/** Comparisons with Kusto's nulls: `null == x` is false, `null != x` is true, `null == null` and `null < x` are null. */
import type { KustoType, TextSpan } from '../../../types.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { convert } from './conversions.ts';
import type { Value } from '../value.ts';
import { isNumeric, value } from '../value.ts';

const rank: Readonly<Partial<Record<KustoType, number>>> = { int: 0, long: 1, decimal: 2, real: 3 };

/** The wider of two numeric types. */
export function widerType(left: KustoType, right: KustoType): KustoType {
  return (rank[left] ?? 0) >= (rank[right] ?? 0) ? left : right;
}

/**
 * A dynamic value meets a typed one by its own JSON type: `d == 'x'` holds for the JSON string x only, `d == 1` for a number.
 */
function dynamicAs(dynamic: Value, other: Value, span: TextSpan): Value {
  if (isNumeric(other.type)) return value(`kql_json_number(${dynamic.sql})`, 'real');
  switch (other.type) {
    case 'string':
      if (typeof other.literal !== 'string' || other.literal === '') {
        throw unsupported(
          'a comparison of a dynamic with this string: use tostring() or isempty(), it',
          span,
        );
      }
      return { sql: `kql_json_string(${dynamic.sql})`, type: 'string', nullable: true };
    case 'bool':
      return value(
        `CASE WHEN json_type(${dynamic.sql}) = 'BOOLEAN' THEN CAST(json_extract_string(${dynamic.sql}, '$') AS BOOLEAN) END`,
        'bool',
      );
    case 'datetime':
    case 'timespan':
    case 'guid':
      return convert(dynamic, other.type, span);
    default:
      throw unsupported(`a comparison of dynamic with ${other.type}`, span);
  }
}

/** Both sides in one type that DuckDB compares as Kusto does. */
export function comparable(left: Value, right: Value, span: TextSpan): readonly [Value, Value] {
  if (left.literal === null && right.literal !== null) return [convert(left, right.type, span), right];
  if (right.literal === null && left.literal !== null) return [left, convert(right, left.type, span)];
  if (left.type === 'dynamic' && right.type === 'dynamic') {
    throw unsupported('a comparison of two dynamic values: convert them first, it', span);
  }
  if (left.type === 'dynamic') {
    const typed = dynamicAs(left, right, span);
    return [typed, isNumeric(right.type) ? convert(right, typed.type, span) : right];
  }
  if (right.type === 'dynamic') {
    const typed = dynamicAs(right, left, span);
    return [isNumeric(left.type) ? convert(left, typed.type, span) : left, typed];
  }
  if (left.type === right.type) return [left, right];
  if (isNumeric(left.type) && isNumeric(right.type)) {
    const type = widerType(left.type, right.type);
    if (type !== 'real') return [left, right];
    return [convert(left, type, span), convert(right, type, span)];
  }
  if (left.type === 'guid' && right.type === 'string') return [left, convert(right, 'guid', span)];
  if (left.type === 'string' && right.type === 'guid') return [convert(left, 'guid', span), right];
  if (left.type === 'bool' && isNumeric(right.type)) return [convert(left, right.type, span), right];
  if (isNumeric(left.type) && right.type === 'bool') return [left, convert(right, left.type, span)];
  throw invalid(`values of the types ${left.type} and ${right.type} cannot be compared`, span);
}

/**
 * DuckDB takes NaN for equal to itself and above all numbers. To IEEE 754, and so here, only `!=` holds for it: these are the
 * guards that say so.
 */
function nanGuards(a: Value, b: Value): readonly string[] {
  if (a.type !== 'real') return [];
  return [a, b].flatMap((side) => {
    if (typeof side.literal !== 'number') return [`isnan(${side.sql})`];
    return Number.isNaN(side.literal) ? ['true'] : [];
  });
}

function withoutNan(sql: string, guards: readonly string[]): string {
  return guards.length === 0 ? sql : `(${[sql, ...guards.map((guard) => `NOT ${guard}`)].join(' AND ')})`;
}

function orNan(sql: string, guards: readonly string[]): string {
  return guards.length === 0 ? sql : `(${[sql, ...guards].join(' OR ')})`;
}

/** A comparison with a null that is written as one. */
function withNull(a: Value, b: Value, otherwise: 'false' | 'true'): Value {
  if (a.literal === null && b.literal === null) return value('CAST(NULL AS BOOLEAN)', 'bool');
  const other = a.literal === null ? b : a;
  return value(`CASE WHEN ${other.sql} IS NULL THEN NULL ELSE ${otherwise} END`, 'bool');
}

/** @param filter whether null may stand for false (the place is a filter) */
export function equals(left: Value, right: Value, filter: boolean, span: TextSpan): Value {
  const [a, b] = comparable(left, right, span);
  if (a.literal === null || b.literal === null) return withNull(a, b, 'false');
  const guards = nanGuards(a, b);
  if (filter || (!a.nullable && !b.nullable)) {
    return value(withoutNan(`(${a.sql} = ${b.sql})`, guards), 'bool', a.nullable || b.nullable);
  }
  const distinct = `(${a.sql} IS NOT DISTINCT FROM ${b.sql})`;
  const same = guards.length === 0 ? distinct : `coalesce(${withoutNan(distinct, guards)}, false)`;
  if (!a.nullable || !b.nullable) return value(same, 'bool', false);
  return value(`CASE WHEN ${a.sql} IS NULL AND ${b.sql} IS NULL THEN NULL ELSE ${same} END`, 'bool');
}

export function notEquals(left: Value, right: Value, filter: boolean, span: TextSpan): Value {
  const [a, b] = comparable(left, right, span);
  if (a.literal === null || b.literal === null) return withNull(a, b, 'true');
  const guards = nanGuards(a, b);
  if (!a.nullable && !b.nullable) return value(orNan(`(${a.sql} <> ${b.sql})`, guards), 'bool', false);
  const distinct = `(${a.sql} IS DISTINCT FROM ${b.sql})`;
  const different = guards.length === 0 ? distinct : `coalesce(${orNan(distinct, guards)}, false)`;
  // Two nulls: null, which a filter takes for false, as IS DISTINCT FROM gives.
  if (filter || !a.nullable || !b.nullable) return value(different, 'bool', false);
  return value(`CASE WHEN ${a.sql} IS NULL AND ${b.sql} IS NULL THEN NULL ELSE ${different} END`, 'bool');
}

/** @param filter whether null may stand for false (the place is a filter) */
export function ordered(operator: string, left: Value, right: Value, filter: boolean, span: TextSpan): Value {
  const [a, b] = comparable(left, right, span);
  if (a.type === 'bool' || a.type === 'guid') {
    throw unsupported(`the order of ${a.type} values`, span);
  }
  if (a.literal === null || b.literal === null) return value('CAST(NULL AS BOOLEAN)', 'bool');
  const guards = nanGuards(a, b);
  const guarded = withoutNan(`(${a.sql} ${operator} ${b.sql})`, guards);
  const nulls = [a, b].filter((side) => side.nullable).map((side) => `${side.sql} IS NULL`);
  // A null beside NaN is null, not false: a `not` would tell.
  if (filter || guards.length === 0 || nulls.length === 0) return value(guarded, 'bool', nulls.length > 0);
  return value(`CASE WHEN ${nulls.join(' OR ')} THEN NULL ELSE ${guarded} END`, 'bool');
}
