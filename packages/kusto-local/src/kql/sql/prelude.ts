import { textPrelude } from './prelude-text.ts';

/**
 * DuckDB macros that compiled SQL calls. Times are BIGINT ticks of 100 ns; a date is taken apart by DuckDB's DATE, which spans
 * all of Kusto's years and needs no extension. Run once a database, before the first compiled query.
 */
function macro(name: string, parameters: string, body: string): string {
  return `CREATE OR REPLACE MACRO ${name}(${parameters}) AS (${body})`;
}

const day = '864000000000';
const maxTicks = '3155378975999999999';
const isoDatetime = String.raw`^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?)?\s*([Zz]|GMT|UTC|[+-]\d{2}:?\d{2})?\s*$`;
const clock = String.raw`^\s*(-?)\s*(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?\s*$`;
const unit = String.raw`^\s*(-?\d+(?:\.\d+)?)\s*(d|day|days|h|hr|hrs|hour|hours|m|min|minute|minutes|s|sec|second|seconds|ms|millisecond|milliseconds|microsecond|microseconds|tick|ticks)\s*$`;

export const sqlPrelude: readonly string[] = [
  // Optimizers of DuckDB 1.5 that give wrong rows. The first mixes up columns when it rewrites an UNNEST in a LATERAL join, which
  // is how mv-apply is written; the second takes a join's filter to the rows below an ORDER BY with a LIMIT.
  "SET GLOBAL disabled_optimizers = 'unnest_rewriter,join_filter_pushdown'",

  // Bounds: DuckDB's own arithmetic already fails beyond 64 bits.
  macro(
    'kql_datetime',
    't',
    `CASE WHEN t IS NULL OR t BETWEEN 0 AND ${maxTicks} THEN t ELSE CAST(error('the datetime is out of range') AS BIGINT) END`,
  ),
  macro('kql_date', 't', `DATE '0001-01-01' + CAST(t // ${day} AS INTEGER)`),
  macro('kql_ticks', 'd', `CAST(CAST(d AS DATE) - DATE '0001-01-01' AS BIGINT) * ${day}`),
  macro('kql_floor_div', 'a, b', 'a // b - CASE WHEN a % b <> 0 AND (a < 0) <> (b < 0) THEN 1 ELSE 0 END'),
  macro('kql_mod', 'a, b', '((a % b) + abs(b)) % b'),
  macro('kql_mod_real', 'a, b', 'a - abs(b) * floor(a / abs(b))'),
  // A size that is not positive has no bins.
  macro('kql_bin', 'a, b', 'CASE WHEN b > 0 THEN (a - kql_mod(a, b)) END'),
  macro(
    'kql_bin_decimal',
    'a, b',
    'CASE WHEN b > 0 THEN a - CAST(kql_decimal_remainder(CAST(a AS VARCHAR), CAST(b AS VARCHAR)) AS DECIMAL(38, 18)) END',
  ),
  macro('kql_bin_real', 'a, b', 'CASE WHEN b > 0 THEN floor(a / b) * b END'),

  // .NET's order: the first three groups of a guid have their bytes turned round.
  macro(
    'kql_guid_bytes',
    'g',
    `unhex(concat(g[7:8], g[5:6], g[3:4], g[1:2], g[12:13], g[10:11], g[17:18], g[15:16], g[20:23], g[25:36]))`,
  ),
  // In pieces of 12 characters, where DuckDB hands out short values much faster: the same hash.
  macro(
    'kql_xxhash64_text',
    's',
    'CASE WHEN length(s) BETWEEN 13 AND 48 THEN kql_xxhash64_pieces(encode(substring(s, 1, 12)), encode(substring(s, 13, 12)), encode(substring(s, 25, 12)), encode(substring(s, 37, 12))) ELSE kql_xxhash64(encode(s)) END',
  ),
  macro('kql_hash_combine', 'a, b', 'kql_xxhash64_long(xor(kql_xxhash64_long(a), b))'),

  macro(
    'kql_datetime_text',
    't',
    `strftime(kql_date(t), '%Y') .lpad(4, '0') || strftime(kql_date(t), '-%m-%dT') || lpad(CAST(t % ${day} // 36000000000 AS VARCHAR), 2, '0') || ':' || lpad(CAST(t // 600000000 % 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(t // 10000000 % 60 AS VARCHAR), 2, '0') || '.' || lpad(CAST(t % 10000000 AS VARCHAR), 7, '0') || 'Z'`,
  ),
  macro(
    'kql_clock_text',
    'h',
    `lpad(CAST(h // 36000000000 % 24 AS VARCHAR), 2, '0') || ':' || lpad(CAST(h // 600000000 % 60 AS VARCHAR), 2, '0') || ':' || lpad(CAST(h // 10000000 % 60 AS VARCHAR), 2, '0') || CASE WHEN h % 10000000 = 0 THEN '' ELSE '.' || lpad(CAST(h % 10000000 AS VARCHAR), 7, '0') END`,
  ),
  macro(
    'kql_timespan_text',
    't',
    `CASE WHEN t < 0 THEN '-' ELSE '' END || CASE WHEN abs(CAST(t AS HUGEINT)) >= ${day} THEN CAST(abs(CAST(t AS HUGEINT)) // ${day} AS VARCHAR) || '.' ELSE '' END || kql_clock_text(abs(CAST(t AS HUGEINT)))`,
  ),
  macro('kql_mantissa', 's', `s[1] || CASE WHEN length(s) > 1 THEN '.' || s[2:] ELSE '' END`),
  macro(
    'kql_real_text',
    'x',
    `CASE WHEN isnan(x) THEN 'NaN' WHEN isinf(x) THEN CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END
    WHEN abs(x) < 1e15 AND x = trunc(x) THEN CAST(CAST(x AS BIGINT) AS VARCHAR)
    WHEN abs(x) >= 1e15 AND abs(x) < 1e16 THEN CASE WHEN x < 0 THEN '-' ELSE '' END || kql_mantissa(regexp_replace(replace(CAST(abs(x) AS VARCHAR), '.', ''), '0+$', '')) || 'E+15'
    ELSE upper(CAST(x AS VARCHAR)) END`,
  ),
  macro('kql_decimal_text', 'x', String.raw`regexp_replace(CAST(x AS VARCHAR), '\.?0+$', '')`),

  macro('kql_json', 'j', `CASE WHEN json_type(j) <> 'NULL' THEN j END`),
  macro('kql_json_text', 'j', `coalesce(json_extract_string(j, '$'), '')`),
  macro('kql_pointer', 's', `'/' || replace(replace(s, '~', '~0'), '/', '~1')`),
  macro(
    'kql_json_number',
    'j',
    `CASE WHEN json_type(j) IN ('BIGINT', 'UBIGINT', 'DOUBLE', 'HUGEINT') THEN TRY_CAST(json_extract_string(j, '$') AS DOUBLE) END`,
  ),
  macro('kql_json_string', 'j', `CASE WHEN json_type(j) = 'VARCHAR' THEN json_extract_string(j, '$') END`),
  macro(
    'kql_json_real',
    'x',
    `CASE WHEN isnan(x) THEN to_json('NaN') WHEN isinf(x) THEN to_json(CASE WHEN x > 0 THEN 'Infinity' ELSE '-Infinity' END) ELSE to_json(x) END`,
  ),
  // DuckDB also reads NaN, infinities and commas before a closing bracket, which are no JSON: texts that may have them are
  // read in JavaScript.
  macro(
    'kql_parse_json',
    's',
    String.raw`CASE WHEN s = '' THEN NULL WHEN regexp_matches(s, '(?i),\s*[\]}]|nan|inf') THEN CAST(nullif(kql_js_parse_json(s), 'null') AS JSON) WHEN json_valid(s) THEN kql_json(CAST(s AS JSON)) ELSE to_json(s) END`,
  ),
  macro(
    'kql_text_long',
    's',
    String.raw`CASE WHEN regexp_full_match(s, '\s*[+-]?\d{1,19}\s*') THEN TRY_CAST(trim(s) AS BIGINT) WHEN regexp_full_match(s, '\s*0[xX][0-9a-fA-F]{1,16}\s*') THEN TRY_CAST(trim(s) AS BIGINT) END`,
  ),
  macro(
    'kql_text_real',
    's',
    String.raw`CASE WHEN regexp_full_match(s, '\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*') THEN TRY_CAST(trim(s) AS DOUBLE) WHEN lower(trim(s)) = 'nan' THEN CAST('nan' AS DOUBLE) WHEN lower(trim(s)) IN ('inf', '+inf', 'infinity') THEN CAST('inf' AS DOUBLE) WHEN lower(trim(s)) IN ('-inf', '-infinity') THEN CAST('-inf' AS DOUBLE) END`,
  ),
  macro(
    'kql_text_decimal',
    's',
    String.raw`CASE WHEN regexp_full_match(s, '\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*') THEN CAST(kql_decimal_of(s) AS DECIMAL(38, 18)) END`,
  ),
  macro(
    'kql_text_bool',
    's',
    `CASE WHEN lower(trim(s)) IN ('true', '1') THEN true WHEN lower(trim(s)) IN ('false', '0') THEN false END`,
  ),
  macro(
    'kql_text_guid',
    's',
    String.raw`CAST(TRY_CAST(nullif(regexp_extract(s, '^\s*\{?([0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12})', 1), '') AS UUID) AS VARCHAR)`,
  ),
  // Not TRY_CAST: DuckDB compares through such a cast, and then numbers beyond the range are not null.
  macro('kql_to_int', 'x', 'CASE WHEN x BETWEEN -2147483648 AND 2147483647 THEN CAST(x AS INTEGER) END'),
  macro(
    'kql_to_long',
    'x',
    'CASE WHEN x BETWEEN -9223372036854775808 AND 9223372036854775807 THEN CAST(x AS BIGINT) END',
  ),
  // The first real beyond a long is 2^63.
  macro(
    'kql_real_long',
    'x',
    'CASE WHEN x >= -9223372036854775808.0 AND x < 9223372036854775808.0 THEN CAST(trunc(x) AS BIGINT) END',
  ),
  macro(
    'kql_real_decimal',
    'x',
    'CASE WHEN isfinite(x) THEN CAST(kql_decimal_of(CAST(x AS VARCHAR)) AS DECIMAL(38, 18)) END',
  ),

  macro(
    'kql_zone_ticks',
    'z',
    `CASE WHEN z IN ('', 'Z', 'z', 'GMT', 'UTC') THEN 0 ELSE (CASE WHEN z[1] = '-' THEN -1 ELSE 1 END) * (CAST(z[2:3] AS BIGINT) * 36000000000 + CAST(replace(z, ':', '')[4:5] AS BIGINT) * 600000000) END`,
  ),
  macro('kql_number', 's', `CASE WHEN s = '' THEN 0 ELSE CAST(s AS BIGINT) END`),
  macro(
    'kql_parts_datetime',
    'p',
    `CASE WHEN kql_number(p.h) < 24 AND kql_number(p.mi) < 60 AND kql_number(p.s) < 60 THEN kql_ticks(TRY_CAST(p.y || '-' || p.mo || '-' || p.d AS DATE)) + kql_number(p.h) * 36000000000 + kql_number(p.mi) * 600000000 + kql_number(p.s) * 10000000 + CAST(rpad(p.f[1:7], 7, '0') AS BIGINT) - kql_zone_ticks(p.z) END`,
  ),
  macro('kql_in_range', 't', `CASE WHEN t BETWEEN 0 AND ${maxTicks} THEN CAST(t AS BIGINT) END`),
  macro(
    'kql_text_datetime',
    's',
    `CASE WHEN regexp_matches(s, '${isoDatetime}') THEN kql_in_range(kql_parts_datetime(regexp_extract(s, '${isoDatetime}', ['y', 'mo', 'd', 'h', 'mi', 's', 'f', 'z']))) WHEN s <> '' THEN kql_read_datetime(s) END`,
  ),
  macro(
    'kql_parts_timespan',
    'p',
    `CASE WHEN kql_number(p.h) < 24 AND kql_number(p.mi) < 60 AND kql_number(p.s) < 60 THEN (CASE WHEN p.g = '-' THEN -1 ELSE 1 END) * (kql_number(p.d) * ${day} + kql_number(p.h) * 36000000000 + kql_number(p.mi) * 600000000 + kql_number(p.s) * 10000000 + CAST(rpad(p.f[1:7], 7, '0') AS BIGINT)) END`,
  ),
  macro(
    'kql_unit_ticks',
    'u',
    `CASE WHEN u IN ('d', 'day', 'days') THEN ${day} WHEN u IN ('h', 'hr', 'hrs', 'hour', 'hours') THEN 36000000000 WHEN u IN ('m', 'min', 'minute', 'minutes') THEN 600000000 WHEN u IN ('s', 'sec', 'second', 'seconds') THEN 10000000 WHEN u IN ('ms', 'millisecond', 'milliseconds') THEN 10000 WHEN u IN ('microsecond', 'microseconds') THEN 10 ELSE 1 END`,
  ),
  macro(
    'kql_text_timespan',
    's',
    String.raw`CASE WHEN regexp_matches(s, '${clock}') THEN kql_parts_timespan(regexp_extract(s, '${clock}', ['g', 'd', 'h', 'mi', 's', 'f'])) WHEN regexp_matches(s, '${unit}') THEN CAST(trunc(CAST(regexp_extract(s, '${unit}', 1) AS DECIMAL(28, 8)) * kql_unit_ticks(regexp_extract(s, '${unit}', 2))) AS BIGINT) WHEN regexp_full_match(s, '\s*-?\d+\s*') THEN TRY_CAST(trim(s) AS BIGINT) * ${day} END`,
  ),

  macro('kql_year_start', 't', `kql_ticks(date_trunc('year', kql_date(t)))`),
  macro('kql_month_start', 't', `kql_ticks(date_trunc('month', kql_date(t)))`),
  // 0001-01-01 was a Monday; weeks start on Sunday.
  macro('kql_week_start', 't', `(t // ${day} - (t // ${day} + 1) % 7) * ${day}`),
  macro('kql_day_start', 't', `t // ${day} * ${day}`),
  macro('kql_add_months', 't, n', `kql_ticks(kql_date(t) + to_months(CAST(n AS INTEGER))) + t % ${day}`),

  // Terms are runs of letters and digits: a match of `has` must not start or end inside one.
  macro(
    'kql_term_pattern',
    'p',
    String.raw`CASE WHEN regexp_matches(p, '^[\p{L}\p{N}]') THEN '(?:^|[^\p{L}\p{N}])' ELSE '' END || regexp_escape(p) || CASE WHEN regexp_matches(p, '[\p{L}\p{N}]$') THEN '(?:$|[^\p{L}\p{N}])' ELSE '' END`,
  ),
  macro(
    'kql_count_of',
    's, p',
    `CASE WHEN p = '' THEN 0 ELSE CAST(len(list_filter(range(1, CAST(length(s) - length(p) + 2 AS BIGINT)), lambda i: substring(s, i, length(p)) = p)) AS BIGINT) END`,
  ),
  macro(
    'kql_substring',
    's, i',
    'CASE WHEN i < 0 THEN substring(s, greatest(length(s) + i, 0) + 1) ELSE substring(s, i + 1) END',
  ),
  ...textPrelude.map(([name, parameters, body]) => macro(name, parameters, body)),
  macro('kql_nan_rank', 'x', 'CASE WHEN x IS NULL THEN 0 WHEN isnan(x) THEN 1 ELSE 2 END'),
];
