/** Regular expressions as arguments: translated when the query is compiled, or row by row where they are computed. */
import type { TextSpan } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import { RegexError, translateRegex } from './regex.ts';
import type { Regex } from './regex.ts';
import { toText } from './conversions.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';

/** @throws QueryError for a pattern that RE2 does not have */
export function literalRegex(text: string, span: TextSpan): Regex {
  try {
    return translateRegex(text);
  } catch (error) {
    if (error instanceof RegexError) throw unsupported(`${error.message} in a regular expression`, span);
    throw error;
  }
}

/** The subject of a match: an error where it has other than ASCII characters and the pattern is right for those only. */
export function regexSubject(text: string, asciiOnly: boolean): string {
  return asciiOnly ? `kql_ascii(${text})` : text;
}

/** `subject matches regex pattern`; the pattern may be computed. */
export function matchRegex(left: Value, right: Value, span: TextSpan): Value {
  const subject = toText(left).sql;
  const pattern = toText(right);
  if (typeof pattern.literal === 'string') {
    const regex = literalRegex(pattern.literal, span);
    const text = regexSubject(subject, regex.asciiOnly);
    return value(`regexp_matches(${text}, ${quoteText(regex.pattern)})`, 'bool', false);
  }
  const text = `CASE WHEN kql_js_regex_ascii_only(${pattern.sql}) = 'true' THEN kql_ascii(${subject}) ELSE ${subject} END`;
  return value(`regexp_matches(${text}, kql_js_regex(${pattern.sql}))`, 'bool', false);
}
