/** String functions over whole characters (code points), as Kusto counts them. */
import { characters } from './characters.ts';
import { arrayOf, stringsOf } from '../dynamic/arrays.ts';
import { isArray, numberOf, readJson, stringLeaf, textOf, writeJson } from '../dynamic/json.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

/** translate(): a replacement list that is too short repeats its last character; an empty one removes. */
function translate(search: string, replacement: string, source: string): string {
  const to = characters(replacement);
  const last = to.at(-1) ?? '';
  const map = new Map<string, string>();
  for (const [index, character] of characters(search).entries()) {
    if (!map.has(character)) map.set(character, to[index] ?? last);
  }
  return characters(source)
    .map((character) => map.get(character) ?? character)
    .join('');
}

/**
 * replace_strings(): the lookups in their order, each over what no earlier one matched; a match without a string to write stays
 * as it is.
 */
function replaceStrings(text: string, lookups: string, rewrites: string): string {
  const targets = stringsOf(rewrites);
  const sought = stringsOf(lookups);
  if (targets.length !== sought.length)
    throw new NativeError('replace_strings() takes as many rewrites as lookups');
  /** Pieces of the text; those at odd places are settled. */
  let pieces = [text];
  for (const [index, lookup] of sought.entries()) {
    if (lookup === undefined || lookup === '') continue;
    const rewrite = targets[index] ?? lookup;
    pieces = pieces.flatMap((piece, place) =>
      place % 2 === 1
        ? [piece]
        : piece.split(lookup).flatMap((part, at) => (at === 0 ? [part] : [rewrite, part])),
    );
  }
  return pieces.join('');
}

/**
 * indexof(): places in characters; -1 when it is not there, null for a negative occurrence or a length below -1. The length
 * counts anew behind each occurrence, as the documented example with an occurrence has it.
 */
function indexOf(text: string, sought: string, from: string, count: string, nth: string): string {
  if (from === 'null' || count === 'null' || nth === 'null') return 'null';
  const [start, length, occurrence] = [Number(from), Number(count), Number(nth)];
  if (length < -1 || occurrence < 0) return 'null';
  if (occurrence === 0) throw new NativeError('indexof() counts occurrences from 1');
  const all = characters(text);
  let first = start < 0 ? Math.max(all.length + start, 0) : start;
  for (let left = occurrence; ; left -= 1) {
    if (first > all.length) return '-1';
    const range = all.slice(first, length === -1 ? undefined : first + length).join('');
    const place = range.indexOf(sought);
    if (place === -1) return '-1';
    first += characters(range.slice(0, place)).length;
    if (left === 1) return String(first);
    first += 1;
  }
}

const alphanumeric = /[\p{L}\p{N}]/u;

/** Whether a term stands in a text: not inside a longer run of letters and digits. Both in lower case. */
function hasTerm(text: string, term: string): boolean {
  const [head, tail] = [characters(term).at(0) ?? '', characters(term).at(-1) ?? ''];
  const [bounded, closed] = [alphanumeric.test(head), alphanumeric.test(tail)];
  for (let at = text.indexOf(term); at !== -1; at = text.indexOf(term, at + 1)) {
    const before = characters(text.slice(Math.max(at - 2, 0), at)).at(-1) ?? '';
    const after = characters(text.slice(at + term.length, at + term.length + 2)).at(0) ?? '';
    if ((!bounded || !alphanumeric.test(before)) && (!closed || !alphanumeric.test(after))) return true;
  }
  return false;
}

/** has_any_index(): the place in the array of the first item that the text has. */
function hasAnyIndex(text: string, values: string): string {
  const lower = text.toLowerCase();
  const items = arrayOf(values) ?? [];
  return String(items.findIndex((item) => item !== 'null' && hasTerm(lower, textOf(item).toLowerCase())));
}

/** unicode_codepoints_to_string(): numbers and arrays of numbers. */
function fromCodepoints(text: string): string {
  const parts = readJson(text);
  const flat = (isArray(parts) ? parts : []).flatMap((part) => (isArray(part) ? part : [part]));
  let result = '';
  for (const part of flat) {
    const code = numberOf(part);
    const surrogate = code !== undefined && code >= 0xd800 && code <= 0xdfff;
    if (code === undefined || !Number.isInteger(code) || code < 0 || code > 0x10ffff || surrogate) return '';
    result += String.fromCodePoint(code);
  }
  return result;
}

function toCodepoints(text: string): string {
  return `[${characters(text)
    .map((character) => String(character.codePointAt(0)))
    .join(',')}]`;
}

/**
 * parse_command_line() as CommandLineToArgvW splits: backslashes count only before a quote, a doubled quote inside quotes is
 * one, and the first argument (the program) knows no backslashes.
 */
function commandLine(text: string): string {
  const list: string[] = [];
  let position = 0;
  const blank = (): boolean => ' \t'.includes(text.charAt(position) || '-');
  if (text.trim() === '') return '[]';
  if (text.startsWith('"')) {
    const end = text.indexOf('"', 1);
    list.push(text.slice(1, end === -1 ? undefined : end));
    position = end === -1 ? text.length : end + 1;
  } else {
    while (position < text.length && !blank()) position += 1;
    list.push(text.slice(0, position));
  }
  for (;;) {
    while (position < text.length && blank()) position += 1;
    if (position >= text.length) break;
    let argument = '';
    let quoted = false;
    while (position < text.length && (quoted || !blank())) {
      let slashes = 0;
      while (text.charAt(position) === '\\') {
        slashes += 1;
        position += 1;
      }
      if (text.charAt(position) !== '"') {
        argument += '\\'.repeat(slashes);
        if (position < text.length && (quoted || !blank())) {
          argument += text.charAt(position);
          position += 1;
        }
        continue;
      }
      argument += '\\'.repeat(slashes >> 1);
      position += 1;
      if (slashes % 2 === 1) argument += '"';
      else if (quoted && text.charAt(position) === '"') {
        argument += '"';
        position += 1;
      } else quoted = !quoted;
    }
    list.push(argument);
  }
  return writeJson(list.map((argument) => stringLeaf(argument)));
}

export const textNatives: NativeTable = {
  has_any_index: native(2, hasAnyIndex),
  indexof: native(5, indexOf),
  parse_command_line: native(1, commandLine),
  replace_strings: native(3, replaceStrings),
  translate: native(3, translate),
  unicode_codepoints_from_string: native(1, toCodepoints),
  unicode_codepoints_to_string: native(1, fromCodepoints),
};
