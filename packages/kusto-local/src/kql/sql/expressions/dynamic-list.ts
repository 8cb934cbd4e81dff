/** `in` and `in~` over dynamic values that are computed: an array stands for its elements, another value for itself. */
import type { TextSpan } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import { toJson, toText } from './conversions.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';

const comparable: ReadonlySet<string> = new Set([
  'bool',
  'datetime',
  'guid',
  'int',
  'long',
  'real',
  'string',
  'timespan',
]);

export function inDynamic(
  left: Value,
  items: readonly Value[],
  negated: boolean,
  insensitive: boolean,
  span: TextSpan,
): Value {
  if (!comparable.has(left.type)) throw unsupported(`'in' over dynamic values, for a ${left.type},`, span);
  if (insensitive && left.type !== 'string')
    throw unsupported(`'in~' over dynamic values, for a ${left.type},`, span);
  const sought = insensitive ? toText(left).sql : `coalesce(CAST(${toJson(left).sql} AS VARCHAR), 'null')`;
  const list = `('[' || ${items.map((item) => `coalesce(CAST(${toJson(item).sql} AS VARCHAR), '[]')`).join(` || ',' || `)} || ']')`;
  const found = `(kql_js_${insensitive ? 'in_any_case' : 'in'}(${list}, ${sought}) = 'true')`;
  return value(negated ? `(NOT ${found})` : found, 'bool', false);
}
