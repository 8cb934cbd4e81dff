/** Macros of the functions over strings and dynamic values. */

export const textPrelude: readonly (readonly [name: string, parameters: string, body: string])[] = [
  [
    'kql_ascii',
    's',
    String.raw`CASE WHEN regexp_full_match(s, '(?s)[\x00-\x7F]*') THEN s ELSE error('a regular expression with \b, or with \W or \S inside a class, matches only ASCII text at this endpoint, not ' || s[1:40]) END`,
  ],
  [
    'kql_rewrite',
    'r, n',
    String.raw`CASE WHEN NOT regexp_full_match(r, '(?s)(?:[^\\]|\\[0-9\\])*') OR list_max(list_transform(regexp_extract_all(r, '\\([0-9\\])', 1), lambda g: coalesce(TRY_CAST(g AS INTEGER), 0))) > n THEN error('a rewrite pattern names a group that there is not: ' || r[1:40]) ELSE r END`,
  ],
  [
    'kql_not_negative',
    'n, what',
    `CASE WHEN n < 0 THEN CAST(error(what || ' is negative') AS BIGINT) ELSE n END`,
  ],
  [
    'kql_prefix_pattern',
    'p',
    String.raw`CASE WHEN regexp_matches(p, '^[\p{L}\p{N}]') THEN '(?:^|[^\p{L}\p{N}])' ELSE '' END || regexp_escape(p)`,
  ],
  [
    'kql_suffix_pattern',
    'p',
    String.raw`regexp_escape(p) || CASE WHEN regexp_matches(p, '[\p{L}\p{N}]$') THEN '(?:$|[^\p{L}\p{N}])' ELSE '' END`,
  ],
  // After kql_term_pattern.
  ['kql_has', 's, p', `regexp_matches(s, kql_term_pattern(p), 'i')`],
  [
    'kql_texts',
    'j',
    `CASE WHEN json_type(j) = 'ARRAY' THEN list_transform(json_extract_string(j, '$[*]'), lambda t: coalesce(t, '')) WHEN j IS NULL THEN CAST([] AS VARCHAR[]) ELSE [json_extract_string(j, '$')] END`,
  ],
  // DuckDB knows a capital ß that Unicode's own mapping does not give.
  [
    'kql_upper',
    's',
    `CASE WHEN contains(s, 'ß') THEN array_to_string(list_transform(string_split(s, 'ß'), lambda p: upper(p)), 'ß') ELSE upper(s) END`,
  ],
  // Pieces between matches and the matches: a match of no characters would have no place among them.
  [
    'kql_match_place',
    'p, m, n, start',
    `CASE WHEN n = 0 THEN CAST(error('indexof_regex() counts occurrences from 1') AS BIGINT) WHEN list_contains(m, '') THEN CAST(error('indexof_regex() of a match without characters') AS BIGINT) WHEN len(m) < n THEN CAST(-1 AS BIGINT) ELSE CAST(start + length(array_to_string(p[1:n], '')) + length(array_to_string(m[1:n - 1], '')) AS BIGINT) END`,
  ],
  // Dynamic holds datetime, timespan and guid as texts: of a text that may be one the type is not known.
  [
    'kql_dynamic_type',
    'j',
    String.raw`CASE json_type(j) WHEN 'ARRAY' THEN 'array' WHEN 'OBJECT' THEN 'dictionary' WHEN 'BOOLEAN' THEN 'bool' WHEN 'DOUBLE' THEN 'real' WHEN 'VARCHAR' THEN CASE WHEN regexp_full_match(json_extract_string(j, '$'), '\d{4}-\d{2}-\d{2}.*|-?(?:\d+\.)?\d{1,2}:\d{2}:\d{2}.*|[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}') THEN error('gettype() of a text that may stand for a datetime, timespan or guid') ELSE 'string' END WHEN 'NULL' THEN 'null' ELSE CASE WHEN j IS NULL THEN 'null' WHEN TRY_CAST(json_extract_string(j, '$') AS INTEGER) IS NOT NULL THEN 'int' ELSE 'long' END END`,
  ],
];
