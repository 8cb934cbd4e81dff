/** String functions. A string is never NULL here, so most are plain templates. */
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { convert, toText } from '../conversions.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';
import type { FunctionTable } from './definition.ts';
import {
  allArguments,
  argument,
  argumentSpan,
  literalInteger,
  literalText,
  template,
  typed,
} from './definition.ts';

const many = Number.POSITIVE_INFINITY;

function concatenate(call: Call): Value {
  return value(
    `(${allArguments(call)
      .map((part) => toText(part).sql)
      .join(' || ')})`,
    'string',
  );
}

function concatenateDelimited(call: Call): Value {
  const [delimiter, ...parts] = allArguments(call).map((part) => toText(part).sql);
  return value(`(${parts.join(` || ${delimiter ?? "''"} || `)})`, 'string');
}

function substring(call: Call): Value {
  const source = typed(call, 0, 'string');
  const start = typed(call, 1, 'long');
  const rest = `kql_substring(${source.sql}, ${start.sql})`;
  if (call.args.length === 2) return value(`coalesce(${rest}, '')`, 'string');
  const length = typed(call, 2, 'long');
  return value(`coalesce(left(${rest}, greatest(${length.sql}, 0)), '')`, 'string');
}

/** `indexof(source, lookup [, start])`: characters from 0, -1 when it is absent. */
function indexOf(call: Call): Value {
  const source = typed(call, 0, 'string').sql;
  const lookup = typed(call, 1, 'string').sql;
  if (call.args.length === 2) return value(`CAST(strpos(${source}, ${lookup}) - 1 AS BIGINT)`, 'long', false);
  const start = literalInteger(call, 2);
  if (start < 0n) throw unsupported("'indexof' with a negative start", argumentSpan(call, 2));
  const found = `strpos(substring(${source}, ${start + 1n}), ${lookup})`;
  return value(
    `CAST(CASE WHEN ${found} = 0 THEN -1 ELSE ${found} + ${start - 1n} END AS BIGINT)`,
    'long',
    false,
  );
}

function split(call: Call): Value {
  const source = typed(call, 0, 'string').sql;
  const delimiter = literalText(call, 1);
  if (delimiter === '') throw unsupported("'split' with an empty delimiter", argumentSpan(call, 1));
  const parts = `string_split(${source}, ${quoteText(delimiter)})`;
  if (call.args.length === 2) return value(`to_json(${parts})`, 'dynamic', false);
  const index = literalInteger(call, 2);
  if (index < 0n) throw unsupported("'split' with a negative index", argumentSpan(call, 2));
  return value(`to_json(list_slice(${parts}, ${index + 1n}, ${index + 1n}))`, 'dynamic', false);
}

/** A regular expression: both engines use RE2, so it is handed on as it is. */
function pattern(call: Call, index: number): string {
  return quoteText(literalText(call, index));
}

function extract(call: Call): Value {
  const group = literalInteger(call, 1);
  if (group < 0n || group > 9n) throw unsupported("'extract' of a group beyond 9", argumentSpan(call, 1));
  const found = `regexp_extract(${typed(call, 2, 'string').sql}, ${pattern(call, 0)}, ${group})`;
  const target = call.args[3];
  if (target === undefined) return value(found, 'string');
  if (target.kind !== 'type') throw unsupported("'extract' with this type", target.span);
  return convert(value(found, 'string'), target.type, target.span);
}

function extractAll(call: Call): Value {
  if (call.args.length !== 2) throw unsupported("'extract_all' with capture groups to choose", call.span);
  const text = literalText(call, 0);
  const groups = [...text.matchAll(/\\.|\((?!\?)/g)].filter((match) => match[0] === '(').length;
  if (groups !== 1)
    throw unsupported("'extract_all' with other than one capture group", argumentSpan(call, 0));
  return value(
    `to_json(regexp_extract_all(${typed(call, 1, 'string').sql}, ${pattern(call, 0)}, 1))`,
    'dynamic',
    false,
  );
}

function countOf(call: Call): Value {
  const source = typed(call, 0, 'string').sql;
  const kind = call.args.length === 3 ? literalText(call, 2) : 'normal';
  if (kind === 'normal')
    return value(`kql_count_of(${source}, ${typed(call, 1, 'string').sql})`, 'long', false);
  if (kind !== 'regex') throw unsupported(`'countof' of the kind '${kind}'`, argumentSpan(call, 2));
  return value(`CAST(len(regexp_extract_all(${source}, ${pattern(call, 1)})) AS BIGINT)`, 'long', false);
}

/** trim and its halves: the first argument is a regular expression. */
function trim(ends: 'both' | 'end' | 'start') {
  return (call: Call): Value => {
    const regex = literalText(call, 0);
    let sql = typed(call, 1, 'string').sql;
    if (ends !== 'end') sql = `regexp_replace(${sql}, ${quoteText(`^(?:${regex})+`)}, '')`;
    if (ends !== 'start') sql = `regexp_replace(${sql}, ${quoteText(`(?:${regex})+$`)}, '')`;
    return value(sql, 'string');
  };
}

function repeat(call: Call): Value {
  const source = toText(argument(call, 0)).sql;
  const times = typed(call, 1, 'long').sql;
  if (call.args.length === 2)
    return value(`coalesce(repeat(${source}, greatest(${times}, 0)), '')`, 'string');
  const delimiter = typed(call, 2, 'string').sql;
  return value(
    `coalesce(array_to_string(list_transform(range(0, greatest(${times}, 0)), lambda i: ${source}), ${delimiter}), '')`,
    'string',
  );
}

function isEmpty(call: Call): Value {
  const given = argument(call, 0);
  if (given.type === 'string') return value(`(${given.sql} = '')`, 'bool', false);
  if (given.type === 'dynamic') return value(`(kql_json_text(${given.sql}) = '')`, 'bool', false);
  return value(`(${given.sql} IS NULL)`, 'bool', false);
}

function isNotEmpty(call: Call): Value {
  return value(`(NOT ${isEmpty(call).sql})`, 'bool', false);
}

const replaceRegex = {
  min: 3,
  max: 3,
  compile: (call: Call): Value =>
    value(
      `regexp_replace(${typed(call, 0, 'string').sql}, ${pattern(call, 1)}, ${typed(call, 2, 'string').sql}, 'g')`,
      'string',
    ),
};

export const stringFunctions: FunctionTable = {
  base64_decode_tostring: template(
    ['string'],
    'string',
    (s) => `coalesce(TRY(decode(from_base64(${s}))), '')`,
  ),
  base64_encode_tostring: template(['string'], 'string', (s) => `to_base64(encode(${s}))`),
  countof: { min: 2, max: 3, compile: countOf },
  extract: { min: 3, max: 4, compile: extract },
  extract_all: { min: 2, max: 3, compile: extractAll },
  indexof: { min: 2, max: 3, compile: indexOf },
  isempty: { min: 1, max: 1, compile: isEmpty },
  isnotempty: { min: 1, max: 1, compile: isNotEmpty },
  notempty: { min: 1, max: 1, compile: isNotEmpty },
  replace_regex: replaceRegex,
  replace: replaceRegex,
  replace_string: template(
    ['string', 'string', 'string'],
    'string',
    (s, a, b) => `replace(${s}, ${a}, ${b})`,
  ),
  reverse: template(['string'], 'string', (s) => `reverse(${s})`),
  split: { min: 2, max: 3, compile: split },
  strcat: { min: 1, max: many, compile: concatenate },
  strcat_delim: { min: 2, max: many, compile: concatenateDelimited },
  strcmp: template(
    ['string', 'string'],
    'long',
    (a, b) => `CAST(CASE WHEN ${a} < ${b} THEN -1 WHEN ${a} > ${b} THEN 1 ELSE 0 END AS BIGINT)`,
  ),
  string_size: template(['string'], 'long', (s) => `CAST(octet_length(encode(${s})) AS BIGINT)`),
  strlen: template(['string'], 'long', (s) => `length(${s})`),
  strrep: { min: 2, max: 3, compile: repeat },
  substring: { min: 2, max: 3, compile: substring },
  tolower: template(['string'], 'string', (s) => `lower(${s})`),
  toupper: template(['string'], 'string', (s) => `upper(${s})`),
  trim: { min: 2, max: 2, compile: trim('both') },
  trim_end: { min: 2, max: 2, compile: trim('end') },
  trim_start: { min: 2, max: 2, compile: trim('start') },
  url_decode: template(['string'], 'string', (s) => `url_decode(replace(${s}, '+', ' '))`),
  url_encode_component: template(['string'], 'string', (s) => `url_encode(${s})`),
};
