/** Elements of a dynamic value, one by one: what mv-expand and mv-apply make rows of. */
import type { KustoType } from '../../../types.ts';
import { convert } from './conversions.ts';
import { value } from '../value.ts';

/**
 * The elements as a JSON[]: an array's, a bag's as bags of one entry (or as `[key, value]`), one null for a null, none for an
 * empty array or bag, and any other value as its own only element.
 *
 * @param column the name of a JSON column: the SQL repeats it
 */
export function elementsOf(column: string, bagsAsArrays: boolean): string {
  const entry = `kql_json(json_extract(${column}, kql_pointer(k)))`;
  const member = `coalesce(${entry}, CAST('null' AS JSON))`;
  const bag = bagsAsArrays ? `json_array(k, ${member})` : `json_object(k, ${member})`;
  return `CASE json_type(${column}) WHEN 'ARRAY' THEN CAST(json_extract(${column}, '$[*]') AS JSON[]) WHEN 'OBJECT' THEN list_transform(json_keys(${column}), lambda k: ${bag}) ELSE [CAST(${column} AS JSON)] END`;
}

/**
 * An element in the type of `to typeof()`: a cast, not a reading of text, so a string is no number. Times and guids are text in a
 * dynamic value, as NaN, the infinities and decimals are: those are read.
 */
export function elementAs(column: string, type: KustoType): string {
  const from = value(column, 'dynamic');
  const span = { start: 0, length: 0 };
  switch (type) {
    case 'dynamic':
      return `kql_json(${column})`;
    case 'bool':
      return `CASE WHEN json_type(${column}) = 'BOOLEAN' THEN ${convert(from, type, span).sql} END`;
    case 'int':
    case 'long':
      return `CASE WHEN json_type(${column}) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') THEN ${convert(from, type, span).sql} END`;
    case 'real':
      return `CASE WHEN json_type(${column}) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE') OR kql_json_text(${column}) IN ('NaN', 'Infinity', '-Infinity') THEN ${convert(from, type, span).sql} END`;
    case 'decimal':
      return `CASE WHEN json_type(${column}) IN ('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE', 'VARCHAR') THEN ${convert(from, type, span).sql} END`;
    case 'datetime':
    case 'guid':
    case 'timespan':
      return `CASE WHEN json_type(${column}) = 'VARCHAR' THEN ${convert(from, type, span).sql} END`;
    case 'string':
    default:
      return convert(from, 'string', span).sql;
  }
}
