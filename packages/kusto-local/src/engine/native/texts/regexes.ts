/** Regular expressions that a query computes, translated row by row. */
import { RegexError, translateRegex } from '../../../kql/sql/expressions/regex.ts';
import type { Regex } from '../../../kql/sql/expressions/regex.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

function translated(text: string): Regex {
  try {
    return translateRegex(text);
  } catch (error) {
    if (error instanceof RegexError)
      throw new NativeError(`${error.message} in a regular expression is not supported by this endpoint`);
    throw error;
  }
}

export const regexNatives: NativeTable = {
  regex: native(1, (text) => translated(text).pattern),
  regex_ascii_only: native(1, (text) => String(translated(text).asciiOnly)),
};
