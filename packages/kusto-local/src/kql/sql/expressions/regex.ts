/**
 * Kusto's regular expressions (its page "RE2 syntax"/"regular expressions") to those of DuckDB's RE2. The two agree but for
 * shorthand classes: `\w`, `\d`, `\s` and `\b` know all of Unicode in Kusto, ASCII only in RE2.
 */

export interface Regex {
  /** For RE2. */
  readonly pattern: string;
  /** It means the same as Kusto's over ASCII text only: `\b` and what cannot be written with RE2's classes. */
  readonly asciiOnly: boolean;
  /** The capture groups in order; undefined for one without a name. */
  readonly groups: readonly (string | undefined)[];
}

/** A pattern that RE2 does not have. */
export class RegexError extends Error {
  override readonly name = 'RegexError';
}

// Contents of a class. Alphabetic is L, Nl and some marks and symbols (UTS 18).
const word = String.raw`\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{200C}\x{200D}\x{24B6}-\x{24E9}\x{1F130}-\x{1F149}\x{1F150}-\x{1F169}\x{1F170}-\x{1F189}`;
const space = String.raw`\t-\r \x{85}\x{A0}\x{1680}\x{2000}-\x{200A}\x{2028}\x{2029}\x{202F}\x{205F}\x{3000}`;
const digit = String.raw`\p{Nd}`;
const shorthands: Readonly<Record<string, string>> = { d: digit, s: space, w: word };

const categories: Readonly<Record<string, string>> = {
  letter: 'L',
  lowercase_letter: 'Ll',
  mark: 'M',
  number: 'N',
  decimal_number: 'Nd',
  other: 'C',
  punctuation: 'P',
  separator: 'Z',
  symbol: 'S',
  titlecase_letter: 'Lt',
  uppercase_letter: 'Lu',
};

class Translator {
  readonly #text: string;
  #position = 0;
  #result = '';
  #asciiOnly = false;
  /** Open groups. Counted here: a pattern is put into larger ones, where a stray bracket would find its other half. */
  #depth = 0;
  readonly #groups: (string | undefined)[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  translate(): Regex {
    while (this.#position < this.#text.length) this.#item();
    if (this.#depth > 0) throw new RegexError("a '(' without its ')'");
    return { pattern: this.#result, asciiOnly: this.#asciiOnly, groups: this.#groups };
  }

  #item(): void {
    const character = this.#text.charAt(this.#position);
    if (character === '\\') this.#result += this.#escape(false);
    else if (character === '[') this.#result += this.#class();
    else if (character === '(') this.#group();
    else {
      if (character === ')') this.#depth -= 1;
      if (this.#depth < 0) throw new RegexError("a ')' without its '('");
      this.#result += character;
      this.#position += 1;
    }
  }

  #group(): void {
    this.#depth += 1;
    const rest = this.#text.slice(this.#position);
    const named = /^\(\?P?<([\p{L}_][\p{L}\p{N}_]*)>/u.exec(rest);
    const flags = /^\(\?([a-zA-Z-]*)([:)])/.exec(rest);
    if (named !== null) {
      this.#groups.push(named[1]);
      this.#take(`(?P<${named[1] ?? ''}>`, named[0].length);
    } else if (flags !== null) {
      if (!/^[imsU]*(?:-[imsU]+)?$/.test(flags[1] ?? ''))
        throw new RegexError(`the flags '${flags[1] ?? ''}'`);
      if (flags[2] === ')') this.#depth -= 1;
      this.#take(flags[0], flags[0].length);
    } else if (rest.startsWith('(?')) {
      throw new RegexError(`'${rest.slice(0, 4)}'`);
    } else {
      this.#groups.push(undefined);
      this.#take('(', 1);
    }
  }

  #take(text: string, length: number): void {
    this.#result += text;
    this.#position += length;
  }

  /** An escape sequence; inside a class without brackets of its own. */
  #escape(inClass: boolean): string {
    const rest = this.#text.slice(this.#position);
    const found =
      /^\\(?:([dswDSW])|([bB])(?!\{)|([pP])(?:\{(\^?)([A-Za-z_]+)\}|([A-Z]))|[uU](?:\{([0-9a-fA-F]{1,6})\}|([0-9a-fA-F]{4,8}))|x\{?[0-9a-fA-F]+\}?|[0-7]{1,3}|[afnrtvAz]|[^0-9A-Za-z<>])/.exec(
        rest,
      );
    if (found === null) throw new RegexError(`'${rest.slice(0, 3)}'`);
    const [text, shorthand, boundary, property, inverse = '', long, short, braced, plain] = found;
    if (shorthand !== undefined) {
      this.#position += text.length;
      return this.#shorthand(shorthand, inClass);
    }
    if (boundary !== undefined) {
      if (inClass) throw new RegexError(`'${text}' in a class`);
      this.#asciiOnly = true;
    }
    if (braced !== undefined || plain !== undefined) {
      const digits = braced ?? (text.startsWith('\\U') ? (plain ?? '') : (plain ?? '').slice(0, 4));
      this.#position += braced === undefined ? 2 + digits.length : text.length;
      return `\\x{${digits}}`;
    }
    this.#position += text.length;
    if (property === undefined) return text;
    if (short !== undefined) return text;
    const name = long ?? '';
    return `\\${property}{${inverse}${categories[name.toLowerCase()] ?? name}}`;
  }

  #shorthand(letter: string, inClass: boolean): string {
    const lower = letter.toLowerCase();
    const content = shorthands[lower] ?? '';
    if (letter === lower) return inClass ? content : `[${content}]`;
    if (letter === 'D') return String.raw`\P{Nd}`;
    if (!inClass) return `[^${content}]`;
    // A complement cannot stand in a class with other characters.
    this.#asciiOnly = true;
    return `\\${letter}`;
  }

  #class(): string {
    const open = /^\[\^?\]?/.exec(this.#text.slice(this.#position))?.[0] ?? '[';
    this.#position += open.length;
    let result = open;
    for (;;) {
      const rest = this.#text.slice(this.#position);
      if (rest === '') throw new RegexError('a class without its end');
      if (rest.startsWith(']')) break;
      const named = /^\[:\^?[a-z]+:\]/.exec(rest)?.[0];
      if (named !== undefined) {
        result += named;
        this.#position += named.length;
      } else if (rest.startsWith('\\')) {
        result += this.#escape(true);
      } else {
        if (/^(?:\[|&&|--|~~)/.test(rest)) throw new RegexError(`'${rest.slice(0, 2)}' in a class`);
        result += rest.charAt(0);
        this.#position += 1;
      }
    }
    this.#position += 1;
    return `${result}]`;
  }
}

/** @throws RegexError */
export function translateRegex(text: string): Regex {
  return new Translator(text).translate();
}
