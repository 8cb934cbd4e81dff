/** The string operators: `has`, `contains`, `startswith`, … and their case-sensitive and negated forms. */
import { toText } from './conversions.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';

type Kind = 'contains' | 'endswith' | 'has' | 'hasprefix' | 'hassuffix' | 'startswith';

interface TextOperator {
  readonly kind: Kind;
  readonly caseSensitive: boolean;
  readonly negated: boolean;
}

const kinds: readonly Kind[] = ['contains', 'endswith', 'has', 'hasprefix', 'hassuffix', 'startswith'];

export const textOperators: ReadonlyMap<string, TextOperator> = new Map(
  kinds.flatMap((kind) =>
    [true, false].flatMap((caseSensitive) =>
      [true, false].map((negated): [string, TextOperator] => [
        `${negated ? '!' : ''}${kind}${caseSensitive ? '_cs' : ''}`,
        { kind, caseSensitive, negated },
      ]),
    ),
  ),
);

const specials = /[\\^$.|?*+()[\]{}-]/g;

/** A regular expression for a literal term; see `kql_term_pattern` for the one computed from a value. */
function termPattern(term: string, kind: Kind): string {
  const escaped = term.replace(specials, (character) => `\\${character}`);
  const before = kind !== 'hassuffix' && /^[\p{L}\p{N}]/u.test(term) ? '(?:^|[^\\p{L}\\p{N}])' : '';
  const after = kind !== 'hasprefix' && /[\p{L}\p{N}]$/u.test(term) ? '(?:$|[^\\p{L}\\p{N}])' : '';
  return before + escaped + after;
}

const computedPatterns: Readonly<Partial<Record<Kind, string>>> = {
  hasprefix: 'kql_prefix_pattern',
  hassuffix: 'kql_suffix_pattern',
};

function termMatch(text: Value, term: Value, kind: Kind, caseSensitive: boolean): string {
  const flags = caseSensitive ? '' : ", 'i'";
  if (typeof term.literal === 'string') {
    if (term.literal === '') return 'true';
    return `regexp_matches(${text.sql}, ${quoteText(termPattern(term.literal, kind))}${flags})`;
  }
  return `regexp_matches(${text.sql}, ${computedPatterns[kind] ?? 'kql_term_pattern'}(${term.sql})${flags})`;
}

function folded(from: Value, caseSensitive: boolean): string {
  if (caseSensitive) return from.sql;
  if (typeof from.literal === 'string') return quoteText(from.literal.toLowerCase());
  return `lower(${from.sql})`;
}

export function matchText(kind: Kind, caseSensitive: boolean, left: Value, right: Value): Value {
  const text = toText(left);
  const term = toText(right);
  const a = folded(text, caseSensitive);
  const b = folded(term, caseSensitive);
  switch (kind) {
    case 'contains':
      return value(`contains(${a}, ${b})`, 'bool', false);
    case 'startswith':
      return value(`starts_with(${a}, ${b})`, 'bool', false);
    case 'endswith':
      return value(`ends_with(${a}, ${b})`, 'bool', false);
    case 'has':
    case 'hasprefix':
    case 'hassuffix':
    default:
      return value(termMatch(text, term, kind, caseSensitive), 'bool', false);
  }
}

export function textOperator(operator: TextOperator, left: Value, right: Value): Value {
  const match = matchText(operator.kind, operator.caseSensitive, left, right);
  return operator.negated ? value(`(NOT ${match.sql})`, 'bool', false) : match;
}
