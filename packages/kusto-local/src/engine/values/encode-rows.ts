import type { Column, KustoType } from '../../types.ts';
import { typeNames } from './kusto-types.ts';

/** The two wire protocols differ in how a bool is written. */
export type Protocol = 'v1' | 'v2';

/**
 * A SELECT of one JSON array text a row, in the rows' order, then one NULL: the mark that the result is whole. DuckDB
 * writes the text on its own threads, several times faster than a loop over its vectors in JavaScript. The mark is
 * needed because an error after the first chunk of a stream looks like the stream's end (`fetchChunk` swallows it).
 *
 * Encodings as the service's: a long as digits, a real as a number or "NaN", "Infinity", "-Infinity", a decimal as a
 * string, datetime `…ssZ` with seven digits, timespan `[-][d.]hh:mm:ss[.fffffff]`, dynamic as inline JSON.
 */
export function encodeRowsSql(sql: string, columns: readonly Column[], protocol: Protocol): string {
  const names = columns.map((_, index) => `c${index}`);
  const cells = columns.map(({ type }, index) => cellSql(type, `c${index}`, protocol));
  return `SELECT concat('[', ${cells.join(", ',', ")}, ']') FROM (${sql}) AS q(${names.join(', ')}) UNION ALL SELECT NULL`;
}

function cellSql(type: KustoType, name: string, protocol: Protocol): string {
  const cell = `CAST(${name} AS ${typeNames(type).sql})`;
  switch (type) {
    case 'bool': {
      const [yes, no] = protocol === 'v1' ? ['1', '0'] : ['true', 'false'];
      return `CASE WHEN ${cell} THEN '${yes}' WHEN NOT ${cell} THEN '${no}' ELSE 'null' END`;
    }
    case 'int':
    case 'long':
      return `coalesce(CAST(${cell} AS VARCHAR), 'null')`;
    case 'real':
      return `CASE WHEN ${cell} IS NULL THEN 'null' WHEN isfinite(${cell}) THEN CAST(${cell} AS VARCHAR) WHEN isnan(${cell}) THEN '"NaN"' WHEN ${cell} > 0 THEN '"Infinity"' ELSE '"-Infinity"' END`;
    case 'decimal':
      return `CASE WHEN ${cell} IS NULL THEN 'null' ELSE concat('"', rtrim(rtrim(CAST(${cell} AS VARCHAR), '0'), '.'), '"') END`;
    case 'datetime':
      return `CASE WHEN ${cell} IS NULL THEN 'null' ELSE concat('"', strftime(make_timestamp(${cell} // 10 - 62135596800000000), '%Y-%m-%dT%H:%M:%S.%f'), ${cell} % 10, 'Z"') END`;
    case 'timespan':
      return timespanSql(cell);
    case 'string':
      return `to_json(coalesce(${cell}, ''))`;
    case 'guid':
      return `CASE WHEN ${cell} IS NULL THEN 'null' ELSE concat('"', ${cell}, '"') END`;
    case 'dynamic':
    default:
      // A line break between two tokens is legal JSON and would tear a frame that a client reads by line.
      return `coalesce(translate(CAST(${cell} AS VARCHAR), chr(10) || chr(13), '  '), 'null')`;
  }
}

function timespanSql(cell: string): string {
  // abs() of the smallest BIGINT overflows.
  const absolute = `abs(CAST(${cell} AS HUGEINT))`;
  const part = (ticks: string, modulus: number): string =>
    `lpad(CAST((${absolute} // ${ticks}) % ${modulus} AS VARCHAR), 2, '0')`;
  return (
    `CASE WHEN ${cell} IS NULL THEN 'null' ELSE concat('"', CASE WHEN ${cell} < 0 THEN '-' END, ` +
    `CASE WHEN ${absolute} >= 864000000000 THEN concat(${absolute} // 864000000000, '.') END, ` +
    `${part('36000000000', 24)}, ':', ${part('600000000', 60)}, ':', ${part('10000000', 60)}, ` +
    `CASE WHEN ${absolute} % 10000000 <> 0 THEN concat('.', lpad(CAST(${absolute} % 10000000 AS VARCHAR), 7, '0')) END, '"') END`
  );
}
