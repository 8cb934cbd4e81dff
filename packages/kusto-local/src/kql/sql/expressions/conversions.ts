/** Conversions between Kusto's types, as SQL. */
import type { KustoType, TextSpan } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import type { Value } from '../value.ts';
import { literalValue, nullOf, value } from '../value.ts';

/** What tostring() gives. */
export function toText(from: Value): Value {
  const { sql } = from;
  const wrap = (text: string) => value(from.nullable ? `coalesce(${text}, '')` : text, 'string');
  if (from.literal === null) return nullOf('string');
  switch (from.type) {
    case 'string':
      return from;
    case 'guid':
      return wrap(from.nullable ? sql : `(${sql})`);
    case 'bool':
    case 'int':
    case 'long':
      return wrap(`CAST(${sql} AS VARCHAR)`);
    case 'real':
      return wrap(`kql_real_text(${sql})`);
    case 'decimal':
      return wrap(`kql_decimal_text(${sql})`);
    case 'datetime':
      return wrap(`kql_datetime_text(${sql})`);
    case 'timespan':
      return wrap(`kql_timespan_text(${sql})`);
    case 'dynamic':
    default:
      return value(`kql_json_text(${sql})`, 'string');
  }
}

/** The value as JSON, as an element of an array or bag. NULL stays NULL. */
export function toJson(from: Value): Value {
  const { sql } = from;
  switch (from.type) {
    case 'dynamic':
      return from;
    case 'real':
      return value(`kql_json_real(${sql})`, 'dynamic', from.nullable);
    case 'datetime':
    case 'timespan':
      return value(`to_json(kql_${from.type}_text(${sql}))`, 'dynamic', from.nullable);
    case 'decimal':
      return value(`to_json(kql_decimal_text(${sql}))`, 'dynamic', from.nullable);
    case 'bool':
    case 'guid':
    case 'int':
    case 'long':
    case 'string':
    default:
      return value(`to_json(${sql})`, 'dynamic', from.nullable);
  }
}

/** What todatetime(), tolong() and the like do with a text. */
function fromText(sql: string, to: KustoType, span: TextSpan): Value {
  switch (to) {
    case 'int':
      return value(`kql_to_int(kql_text_long(${sql}))`, 'int');
    case 'long':
    case 'real':
    case 'decimal':
    case 'bool':
    case 'guid':
    case 'datetime':
    case 'timespan':
      return value(`kql_text_${to}(${sql})`, to);
    case 'dynamic':
      return value(`to_json(${sql})`, 'dynamic', false);
    case 'string':
      return value(sql, 'string');
    default:
      throw unsupported(`a conversion of string to ${String(to)}`, span);
  }
}

function number(from: Value, to: KustoType): Value | undefined {
  const { sql, type, nullable } = from;
  if (type === 'real') {
    if (to === 'long') return value(`kql_real_long(${sql})`, to);
    if (to === 'int') return value(`kql_to_int(kql_real_long(${sql}))`, to);
    if (to === 'decimal') return value(`kql_real_decimal(${sql})`, to);
  }
  if (type === 'decimal') {
    if (to === 'real') return value(`CAST(${sql} AS DOUBLE)`, to, nullable);
    if (to === 'long' || to === 'int') {
      return value(`kql_to_${to}(trunc(${sql}))`, to);
    }
  }
  if (type === 'int' || type === 'long') {
    if (to === 'int') return value(type === 'int' ? sql : `kql_to_int(${sql})`, to);
    if (to === 'long') return value(`CAST(${sql} AS BIGINT)`, to, nullable);
    if (to === 'real') return value(`CAST(${sql} AS DOUBLE)`, to, nullable);
    if (to === 'decimal') return value(`CAST(${sql} AS DECIMAL(38, 18))`, to, nullable);
  }
  return undefined;
}

const numbers: ReadonlySet<KustoType> = new Set<KustoType>(['int', 'long', 'real', 'decimal']);

/** What the `to…()` functions do. @throws QueryError when the service's own rule is not known here */
export function convert(from: Value, to: KustoType, span: TextSpan): Value {
  const { sql, type } = from;
  if (type === to) return from;
  if (from.literal === null) return nullOf(to);
  if (to === 'string') return toText(from);
  if (to === 'dynamic') return toJson(from);
  if (type === 'string') return fromText(sql, to, span);
  if (numbers.has(type) && numbers.has(to)) {
    const converted = number(from, to);
    if (converted !== undefined) return converted;
  }
  if (type === 'bool' && numbers.has(to))
    return convert(value(`CAST(${sql} AS BIGINT)`, 'long', from.nullable), to, span);
  if (numbers.has(type) && to === 'bool') return value(`(${sql} <> 0)`, 'bool', from.nullable);
  if ((type === 'datetime' || type === 'timespan') && (to === 'long' || to === 'real')) {
    // tolong() of a time gives its ticks.
    return convert({ ...from, type: 'long' }, to, span);
  }
  if (type === 'dynamic') {
    if (to === 'long') {
      return value(
        `CASE WHEN json_type(${sql}) = 'DOUBLE' THEN kql_real_long(kql_json_number(${sql})) WHEN json_type(${sql}) = 'BOOLEAN' THEN CAST(CAST(json_extract_string(${sql}, '$') AS BOOLEAN) AS BIGINT) ELSE kql_text_long(kql_json_text(${sql})) END`,
        'long',
      );
    }
    if (to === 'int') return number(convert(from, 'long', span), 'int') ?? nullOf('int');
    return fromText(`kql_json_text(${sql})`, to, span);
  }
  throw unsupported(`a conversion of ${type} to ${to}`, span);
}

const widening: ReadonlySet<string> = new Set([
  'int>long',
  'int>real',
  'int>decimal',
  'long>real',
  'long>decimal',
  'decimal>real',
  'real>decimal',
]);

/**
 * Brings a value to the type that the binder gave its expression. Only numbers are widened; an int result that the binder calls long
 * (and the other way round) is the same number.
 * @throws QueryError when the two do not fit: a sign of a function whose typing is not the service's
 */
export function conform(from: Value, to: KustoType, span: TextSpan): Value {
  if (from.type === to) return from;
  if (from.literal === null) return nullOf(to);
  if (from.literal !== undefined && typeof from.literal === 'bigint') {
    if (to === 'long' || to === 'int') return literalValue(to, from.literal);
    if (to === 'real') return literalValue(to, Number(from.literal));
  }
  if (widening.has(`${from.type}>${to}`)) return convert(from, to, span);
  if (from.type === 'long' && to === 'int')
    return value(`CAST(${from.sql} AS INTEGER)`, 'int', from.nullable);
  if (to === 'dynamic') return toJson(from);
  throw unsupported(`a ${from.type} where the language expects a ${to}`, span);
}
