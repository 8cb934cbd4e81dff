/** The pattern of `parse` as one regular expression (RE2), with a group for each of its columns. */
import type { KustoType, TextSpan } from '../../../types.ts';
import type { ParseOperator, ParsePart } from '../../parser/tree/tree-parse.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { literalRegex } from '../expressions/patterns.ts';

export interface ParsePattern {
  readonly regex: string;
  /** A name for every group, in order: `lead` and `rest` are text before and after, `c0`… the columns, the others unused. */
  readonly groups: readonly string[];
  /** It is right over ASCII texts only. */
  readonly asciiOnly: boolean;
  /** The pattern does not begin (or end) with a star: `lead` (or `rest`) should be empty. */
  readonly wholeStart: boolean;
  readonly wholeEnd: boolean;
}

const specials = /[\\^$.|?*+()[\]{}-]/g;
const integer = String.raw`-?\d+`;
const real = String.raw`-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;

/** How the text of a value of the type looks, where it does not depend on what follows. */
const shapes: Partial<Record<KustoType, string>> = { int: integer, long: integer, real, decimal: real };

/** Whether a regular expression has alternatives outside all brackets: put into a larger one, they would split that. */
export function hasAlternatives(regex: string): boolean {
  let depth = 0;
  let inClass = false;
  for (let index = 0; index < regex.length; index += 1) {
    const character = regex[index];
    if (character === '\\') {
      if (regex[index + 1] === 'Q') index = Math.max(index, regex.indexOf('\\E', index + 2));
      index += 1;
    } else if (inClass) {
      inClass = character !== ']';
    } else if (character === '[') {
      inClass = true;
      // A bracket that comes first is one of the class's characters.
      if (regex[index + 1] === '^') index += 1;
      if (regex[index + 1] === ']') index += 1;
    } else if (character === '(') {
      depth += 1;
    } else if (character === ')') {
      depth -= 1;
    } else if (character === '|' && depth === 0) {
      return true;
    }
  }
  return false;
}

function isLast(pattern: readonly ParsePart[], index: number): boolean {
  return index === pattern.length - 1;
}

function columnGroup(operator: ParseOperator, index: number, type: KustoType, span: TextSpan): string {
  const { mode, pattern } = operator;
  const star = pattern[index + 1]?.kind === 'star';
  const shape = shapes[type];
  if (type !== 'string' && shape === undefined && star) {
    throw unsupported(`a column of the type ${type} directly before '*'`, span);
  }
  if (mode === 'relaxed' && shape !== undefined) return star ? `(${shape}|)` : anything(pattern, index);
  if (shape !== undefined) return `(${shape})`;
  return mode === 'regex' ? '(.*)' : anything(pattern, index);
}

function anything(pattern: readonly ParsePart[], index: number): string {
  return isLast(pattern, index) ? '(.*)' : '(.*?)';
}

/**
 * Simple and relaxed: constants are searched for one after the other, each at its first place. The whole text has to be told:
 * junk is only where a star is. Regex: the translation that the page "parse operator" gives (a star is `.*?`, a string takes as
 * much as it can), found anywhere in the text.
 */
export function parsePattern(operator: ParseOperator): ParsePattern {
  const { mode, flags, pattern } = operator;
  const searched = mode === 'regex';
  const first = pattern[0];
  const last = pattern.at(-1);
  if (first === undefined || last === undefined) throw invalid('the pattern is empty', operator.span);
  const wholeStart = !searched && first.kind !== 'star';
  const wholeEnd = !searched && last.kind !== 'star';
  const groups: string[] = [];
  let regex = searched ? (flags === '' ? '' : `(?${flags})`) : '(?s)^';
  if (wholeStart) {
    regex += '(.*?)';
    groups.push('lead');
  }
  let columns = 0;
  let asciiOnly = false;
  for (const [index, part] of pattern.entries()) {
    if (part.kind === 'star') {
      if (!isLast(pattern, index)) regex += '.*?';
    } else if (part.kind === 'text') {
      if (searched) {
        if (hasAlternatives(part.text)) {
          throw unsupported("alternatives ('|') outside brackets in a pattern", part.span);
        }
        const own = literalRegex(part.text, part.span);
        regex += own.pattern;
        asciiOnly ||= own.asciiOnly;
        for (const _group of own.groups) groups.push(`u${groups.length}`);
      } else {
        regex += part.text.replaceAll(specials, String.raw`\$&`);
      }
    } else {
      regex += columnGroup(operator, index, part.column.type, part.span);
      groups.push(`c${columns}`);
      columns += 1;
    }
  }
  if (wholeEnd) {
    regex += '(.*)$';
    groups.push('rest');
  }
  return { regex, groups, asciiOnly, wholeStart, wholeEnd };
}
