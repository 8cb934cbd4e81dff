/** Functions that take a regular expression: extract(), extract_all(), replace_regex(), trim(), countof(), indexof_regex(). */
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { convert } from '../expressions/conversions.ts';
import type { Regex } from '../expressions/regex.ts';
import { literalRegex, regexSubject } from '../expressions/patterns.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';
import type { FunctionTable } from './definition.ts';
import { argument, argumentSpan, literalInteger, literalText, typed } from './definition.ts';

/** RE2's limit in DuckDB. */
const maxGroup = 9;

function regexArgument(call: Call, index: number): Regex {
  return literalRegex(literalText(call, index), argumentSpan(call, index));
}

function subjectOf(call: Call, index: number, regex: Regex): string {
  return regexSubject(typed(call, index, 'string').sql, regex.asciiOnly);
}

function extract(call: Call): Value {
  const regex = regexArgument(call, 0);
  const group = literalInteger(call, 1);
  if (group < 0n || group > BigInt(maxGroup))
    throw unsupported("'extract' of a group beyond 9", argumentSpan(call, 1));
  if (group > BigInt(regex.groups.length))
    throw invalid(`the regular expression has no capture group ${group}`, argumentSpan(call, 1));
  const found = `regexp_extract(${subjectOf(call, 2, regex)}, ${quoteText(regex.pattern)}, ${group})`;
  const target = call.args[3];
  if (target === undefined) return value(found, 'string');
  if (target.kind !== 'type') throw unsupported("'extract' with this type", target.span);
  return convert(value(found, 'string'), target.type, target.span);
}

/** The numbers of the groups to return: those that a literal array names, or all. */
function chosenGroups(call: Call, regex: Regex): readonly number[] {
  if (call.args.length === 2) return regex.groups.map((_name, index) => index + 1);
  const given = argument(call, 1);
  const list: unknown = typeof given.literal === 'string' ? JSON.parse(given.literal) : undefined;
  if (!Array.isArray(list))
    throw unsupported("'extract_all' with capture groups that are no literal array", argumentSpan(call, 1));
  return list.map((item: unknown) => {
    const group = typeof item === 'string' ? regex.groups.indexOf(item) + 1 : Number(item);
    if (!Number.isInteger(group) || group < 1 || group > regex.groups.length)
      throw invalid(`the regular expression has no capture group ${String(item)}`, argumentSpan(call, 1));
    return group;
  });
}

/** All matches; null when there is none. With several groups each match is an array. */
function extractAll(call: Call): Value {
  const regex = regexArgument(call, 0);
  if (regex.groups.length === 0 || regex.groups.length > 16)
    throw invalid(
      'extract_all() takes a regular expression of 1 to 16 capture groups',
      argumentSpan(call, 0),
    );
  const groups = chosenGroups(call, regex);
  if (groups.some((group) => group > maxGroup))
    throw unsupported("'extract_all' of a group beyond 9", argumentSpan(call, 0));
  const source = subjectOf(call, call.args.length - 1, regex);
  const found = groups.map((group) => `regexp_extract_all(${source}, ${quoteText(regex.pattern)}, ${group})`);
  const [first] = found;
  if (first === undefined) throw invalid('extract_all() takes at least one capture group', call.span);
  const matches =
    found.length === 1
      ? first
      : `list_transform(list_zip(${found.join(', ')}), lambda m: [${found.map((_group, index) => `m[${index + 1}]`).join(', ')}])`;
  return value(`CASE WHEN len(${first}) > 0 THEN to_json(${matches}) END`, 'dynamic');
}

function countOf(call: Call): Value {
  const kind = call.args.length === 3 ? literalText(call, 2) : 'normal';
  if (kind === 'normal') {
    const source = typed(call, 0, 'string').sql;
    return value(`kql_count_of(${source}, ${typed(call, 1, 'string').sql})`, 'long', false);
  }
  if (kind !== 'regex')
    throw invalid(`countof() counts 'normal' or 'regex', not '${kind}'`, argumentSpan(call, 2));
  const regex = regexArgument(call, 1);
  return value(
    `CAST(len(regexp_extract_all(${subjectOf(call, 0, regex)}, ${quoteText(regex.pattern)})) AS BIGINT)`,
    'long',
    false,
  );
}

/** trim and its halves: the first argument is a regular expression. */
function trim(ends: 'both' | 'end' | 'start') {
  return (call: Call): Value => {
    const regex = regexArgument(call, 0);
    let sql = subjectOf(call, 1, regex);
    if (ends !== 'end') sql = `regexp_replace(${sql}, ${quoteText(`^(?:${regex.pattern})+`)}, '')`;
    if (ends !== 'start') sql = `regexp_replace(${sql}, ${quoteText(`(?:${regex.pattern})+$`)}, '')`;
    return value(sql, 'string');
  };
}

/** The text to write: `\0` to `\9` stand for groups. A backslash before anything else has no documented meaning. */
function rewrite(call: Call, index: number, regex: Regex): string {
  const given = typed(call, index, 'string');
  if (typeof given.literal !== 'string') return `kql_rewrite(${given.sql}, ${regex.groups.length})`;
  for (const [, escaped = ''] of given.literal.matchAll(/\\([\s\S]?)/g)) {
    if (escaped === '\\') continue;
    if (!/^\d$/.test(escaped))
      throw unsupported(`'\\${escaped}' in a rewrite pattern`, argumentSpan(call, index));
    if (Number(escaped) > regex.groups.length)
      throw invalid(`the regular expression has no capture group ${escaped}`, argumentSpan(call, index));
  }
  return given.sql;
}

/** @param order the places of the source, the regular expression and the rewrite pattern among the arguments */
function replaceRegex(order: readonly [number, number, number]) {
  return (call: Call): Value => {
    const regex = regexArgument(call, order[1]);
    const source = subjectOf(call, order[0], regex);
    return value(
      `regexp_replace(${source}, ${quoteText(regex.pattern)}, ${rewrite(call, order[2], regex)}, 'g')`,
      'string',
    );
  };
}

function integerArgument(call: Call, index: number, otherwise: bigint): Value {
  if (index >= call.args.length)
    return { sql: String(otherwise), type: 'long', nullable: false, literal: otherwise };
  return typed(call, index, 'long');
}

/**
 * indexof_regex(): the place of a match is the length of what stands before it: the pieces between the matches and the matches
 * themselves. Null for a negative start (as the documented example has it), a length below -1, a negative occurrence.
 */
function indexOfRegex(call: Call): Value {
  const regex = regexArgument(call, 1);
  const source = subjectOf(call, 0, regex);
  const start = integerArgument(call, 2, 0n).sql;
  const length = integerArgument(call, 3, -1n).sql;
  const nth = integerArgument(call, 4, 1n).sql;
  const range = `CASE WHEN ${length} = -1 THEN substring(${source}, ${start} + 1) ELSE substring(${source}, ${start} + 1, ${length}) END`;
  const pattern = quoteText(regex.pattern);
  return value(
    `CASE WHEN ${start} < 0 OR ${length} < -1 OR ${nth} < 0 THEN NULL ELSE kql_match_place(regexp_split_to_array(${range}, ${pattern}), regexp_extract_all(${range}, ${pattern}), ${nth}, ${start}) END`,
    'long',
  );
}

/** The characters that have a meaning in a regular expression, escaped. */
function quote(call: Call): Value {
  const source = typed(call, 0, 'string').sql;
  return value(String.raw`regexp_replace(${source}, '([\\.+*?()|\[\]{}^$#&\-~])', '\\\1', 'g')`, 'string');
}

const extractAllFunction = { min: 2, max: 3, compile: extractAll };

export const regexFunctions: FunctionTable = {
  countof: { min: 2, max: 3, compile: countOf },
  extract: { min: 3, max: 4, compile: extract },
  extract_all: extractAllFunction,
  extractall: extractAllFunction,
  indexof_regex: { min: 2, max: 5, compile: indexOfRegex },
  regex_quote: { min: 1, max: 1, compile: quote },
  replace: { min: 3, max: 3, compile: replaceRegex([2, 0, 1]) },
  replace_regex: { min: 3, max: 3, compile: replaceRegex([0, 1, 2]) },
  trim: { min: 2, max: 2, compile: trim('both') },
  trim_end: { min: 2, max: 2, compile: trim('end') },
  trim_start: { min: 2, max: 2, compile: trim('start') },
};
