/** String functions. A string is never NULL here, so most are plain templates. */
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { convert, toText } from '../expressions/conversions.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';
import type { FunctionTable } from './definition.ts';
import { allArguments, argument, argumentSpan, literalText, template, typed } from './definition.ts';
import { nativeArgument, nativeCall, nativeFunction, nativeList } from './native-call.ts';

/** strcat() and strcat_delim() take at most 64 arguments (their documentation). */
const most = 64;

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

/** `indexof(source, lookup [, start [, length [, occurrence]]])`: characters from 0, -1 when it is absent. */
function indexOf(call: Call): Value {
  const source = typed(call, 0, 'string').sql;
  const lookup = typed(call, 1, 'string').sql;
  if (call.args.length === 2) return value(`CAST(strpos(${source}, ${lookup}) - 1 AS BIGINT)`, 'long', false);
  const rest = ['0', '-1', '1'].map((otherwise, index) =>
    index + 2 < call.args.length ? nativeArgument(call, index + 2, 'long') : `'${otherwise}'`,
  );
  return nativeCall('indexof', [source, lookup, ...rest], 'long');
}

/** An index out of bounds gives an empty array. */
function split(call: Call): Value {
  const source = typed(call, 0, 'string').sql;
  const delimiter = literalText(call, 1);
  if (delimiter === '') throw unsupported("'split' with an empty delimiter", argumentSpan(call, 1));
  const parts = `string_split(${source}, ${quoteText(delimiter)})`;
  if (call.args.length === 2) return value(`to_json(${parts})`, 'dynamic', false);
  const given = typed(call, 2, 'long');
  if (typeof given.literal === 'bigint' && given.literal < 0n)
    throw unsupported("'split' with a negative index", argumentSpan(call, 2));
  const index =
    typeof given.literal === 'bigint' ? given.sql : `kql_not_negative(${given.sql}, 'the index of split()')`;
  return value(`to_json(list_slice(${parts}, ${index} + 1, ${index} + 1))`, 'dynamic', given.nullable);
}

/** strrep(): 1 to 1024 times; a greater number counts as 1024 (its documentation). */
function repeat(call: Call): Value {
  const source = toText(argument(call, 0)).sql;
  const given = typed(call, 1, 'long');
  if (typeof given.literal === 'bigint' && given.literal < 1n)
    throw invalid('strrep() repeats at least once', argumentSpan(call, 1));
  const times = given.nullable ? `least(coalesce(${given.sql}, 0), 1024)` : `least(${given.sql}, 1024)`;
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

/** parse_command_line(): "windows" is the only parser there is. */
function parseCommandLine(call: Call): Value {
  const parser = literalText(call, 1);
  if (parser.toLowerCase() !== 'windows')
    throw invalid(`parse_command_line() knows the parser 'windows', not '${parser}'`, argumentSpan(call, 1));
  return nativeCall('parse_command_line', [nativeArgument(call, 0, 'text')], 'dynamic');
}

/** extract_json(path, text [, type]). */
function extractJson(call: Call): Value {
  const found = nativeCall(
    'extract_json',
    [nativeArgument(call, 0, 'text'), nativeArgument(call, 1, 'text')],
    'string',
  );
  const target = call.args[2];
  if (target === undefined) return found;
  if (target.kind !== 'type') throw unsupported("'extract_json' with this type", target.span);
  return target.type === 'dynamic'
    ? value(`kql_parse_json(${found.sql})`, 'dynamic')
    : convert(found, target.type, target.span);
}

const fromCodepoints = {
  min: 1,
  max: 64,
  compile: (call: Call): Value =>
    nativeCall('unicode_codepoints_to_string', [nativeList(call, 0, 'json')], 'string'),
};
const toCodepoints = nativeFunction('unicode_codepoints_from_string', ['text'], 'dynamic');
const json = { min: 2, max: 3, compile: extractJson };

export const stringFunctions: FunctionTable = {
  extract_json: json,
  extractjson: json,
  has_any_index: nativeFunction('has_any_index', ['text', 'array'], 'long'),
  indexof: { min: 2, max: 5, compile: indexOf },
  isascii: template(['string'], 'bool', (s) => String.raw`regexp_full_match(${s}, '[\x00-\x7F]*')`),
  isempty: { min: 1, max: 1, compile: isEmpty },
  isnotempty: { min: 1, max: 1, compile: isNotEmpty },
  // Strings are held as UTF-8: every one of them is valid.
  isutf8: { min: 1, max: 1, compile: () => value('true', 'bool', false) },
  make_string: fromCodepoints,
  notempty: { min: 1, max: 1, compile: isNotEmpty },
  parse_command_line: { min: 2, max: 2, compile: parseCommandLine },
  replace_string: template(
    ['string', 'string', 'string'],
    'string',
    (s, a, b) => `replace(${s}, ${a}, ${b})`,
  ),
  replace_strings: nativeFunction('replace_strings', ['text', 'array', 'array'], 'string'),
  reverse: template(['string'], 'string', (s) => `reverse(${s})`),
  split: { min: 2, max: 3, compile: split },
  strcat: { min: 1, max: most, compile: concatenate },
  strcat_delim: { min: 2, max: most, compile: concatenateDelimited },
  strcmp: template(
    ['string', 'string'],
    'long',
    (a, b) => `CAST(CASE WHEN ${a} < ${b} THEN -1 WHEN ${a} > ${b} THEN 1 ELSE 0 END AS BIGINT)`,
  ),
  string_size: template(['string'], 'long', (s) => `CAST(octet_length(encode(${s})) AS BIGINT)`),
  strlen: template(['string'], 'long', (s) => `length(${s})`),
  strrep: { min: 2, max: 3, compile: repeat },
  substring: { min: 2, max: 3, compile: substring },
  to_utf8: toCodepoints,
  tolower: template(['string'], 'string', (s) => `lower(${s})`),
  toupper: template(['string'], 'string', (s) => `kql_upper(${s})`),
  translate: nativeFunction('translate', ['text', 'text', 'text'], 'string'),
  unicode_codepoints_from_string: toCodepoints,
  unicode_codepoints_to_string: fromCodepoints,
};
