import { KustoServiceError } from '../errors.ts';
import { resolveType } from '../engine/values/kusto-types.ts';
import type { Column, KustoType } from '../types.ts';
import { behindBrackets } from './text-scan.ts';

const word = /[\p{L}_][\p{L}\p{N}_]*/uy;
const verb = /\.[a-z]+(?:-[a-z]+)*/iy;
/** A literal such as `datetime(2026-01-31)`. */
const typedValue = /[a-z]+\([^()\n]*\)/iy;
const bareValue = /[^\s,()]+/y;
const space = /(?:\s+|\/\/[^\n]*(?:\n|$))*/y;

/** Reads a command's text from left to right. Every error says where it is. */
export class CommandReader {
  readonly text: string;
  #position = 0;

  constructor(text: string) {
    this.text = text;
    this.#skipSpace();
  }

  get position(): number {
    return this.#position;
  }

  /** The command's first word, in lower case, for example `.create-merge`. */
  verb(): string {
    const found = this.#match(verb);
    if (found === undefined) throw this.error('a management command starts with a dot and a verb, as .show');
    return found.toLowerCase();
  }

  /** Takes the keyword if it comes next. */
  takes(keyword: string): boolean {
    const before = this.#position;
    if (this.#match(word)?.toLowerCase() === keyword) return true;
    this.#position = before;
    return false;
  }

  /** Takes the keywords if all of them come next, in this order. */
  takesAll(...keywords: readonly string[]): boolean {
    return this.attempt(() => (keywords.every((keyword) => this.takes(keyword)) ? true : undefined)) ?? false;
  }

  /** What `read` gives; the position is as before when that is undefined. */
  attempt<T>(read: () => T | undefined): T | undefined {
    const before = this.#position;
    const result = read();
    if (result === undefined) this.#position = before;
    return result;
  }

  /** Whether the text is read to its end, but for a semicolon. */
  get atEnd(): boolean {
    return /^;?\s*$/.test(this.text.slice(this.#position));
  }

  /** A string literal. */
  string(what: string): string {
    const text = this.#string();
    if (text === undefined) throw this.error(`${what} is expected here, as a string`);
    return text;
  }

  /** A string literal, or text without spaces, commas and brackets. */
  value(what: string): string {
    const text = this.#string() ?? this.#match(bareValue);
    if (text === undefined) throw this.error(`${what} is expected here`);
    return text;
  }

  /** Text in brackets of the given kind, with them, as it stands. */
  bracketed(open: '(' | '{', what: string): { readonly text: string; readonly start: number } {
    const start = this.#position;
    const end = this.text.charAt(start) === open ? behindBrackets(this.text, start) : undefined;
    if (end === undefined)
      throw this.error(`${what} in '${open} … ${open === '(' ? ')' : '}'}' is expected here`);
    this.#position = end;
    this.#skipSpace();
    return { text: this.text.slice(start, end), start };
  }

  keyword(keyword: string): void {
    if (!this.takes(keyword)) throw this.error(`'${keyword}' is expected here`);
  }

  takesMark(mark: string): boolean {
    if (!this.text.startsWith(mark, this.#position)) return false;
    this.#position += mark.length;
    this.#skipSpace();
    return true;
  }

  mark(mark: string): void {
    if (!this.takesMark(mark)) throw this.error(`'${mark}' is expected here`);
  }

  /** An entity's name: a word, or any text as `['…']` or `["…"]`. */
  name(what: string): string {
    if (this.takesMark('[')) {
      const name = this.#string();
      if (name === undefined) throw this.error(`a quoted ${what} name is expected behind '['`);
      this.mark(']');
      return name;
    }
    const name = this.#match(word);
    if (name === undefined) throw this.error(`a ${what} name is expected here`);
    return name;
  }

  /** An entity's name, if one comes next. */
  optionalName(what: string): string | undefined {
    return this.text.charAt(this.#position) === '[' ? this.name(what) : this.#match(word);
  }

  /** `(a, b, …)` */
  names(what: string): string[] {
    const names: string[] = [];
    this.mark('(');
    do names.push(this.name(what));
    while (this.takesMark(','));
    this.mark(')');
    return names;
  }

  /** `(name: type, …)` */
  columns(): Column[] {
    const columns: Column[] = [];
    this.mark('(');
    if (this.takesMark(')')) return columns;
    do {
      const name = this.name('column');
      this.mark(':');
      columns.push({ name, type: this.type() });
    } while (this.takesMark(','));
    this.mark(')');
    return columns;
  }

  /** `with (name = value, …)`, if it comes next. */
  properties(): ReadonlyMap<string, string> {
    const properties = new Map<string, string>();
    if (!this.takes('with')) return properties;
    this.mark('(');
    if (this.takesMark(')')) return properties;
    do {
      const name = this.#match(word);
      if (name === undefined) throw this.error('the name of a property is expected here');
      this.mark('=');
      properties.set(name.toLowerCase(), this.#value());
    } while (this.takesMark(','));
    this.mark(')');
    return properties;
  }

  boolean(): boolean {
    if (this.takes('true')) return true;
    if (this.takes('false')) return false;
    throw this.error("'true' or 'false' is expected here");
  }

  /** Takes the mark and the rest of the text behind it, as it stands. */
  restBehind(mark: string): string {
    if (!this.text.startsWith(mark, this.#position)) throw this.error(`'${mark}' is expected here`);
    this.#position += mark.length;
    return this.text.slice(this.#position);
  }

  /** @throws KustoServiceError when anything is left but a semicolon */
  end(): void {
    this.takesMark(';');
    if (this.#position < this.text.length) throw this.error('the command should end here');
  }

  /** `SYN0002`, at the next character or at a given one. */
  error(what: string, position = this.#position): KustoServiceError {
    const before = this.text.slice(0, position);
    const line = before.split('\n').length;
    const column = position - before.lastIndexOf('\n');
    const rest = /^\S{0,40}/.exec(this.text.slice(position))?.[0] ?? '';
    const found = rest === '' ? 'the end of the text' : `'${rest}'`;
    return new KustoServiceError({
      message: `Syntax error: SYN0002: ${what}, but there is ${found}. [line:position=${line}:${column}]`,
      code: 'BadRequest_SyntaxError',
      type: 'Kusto.Data.Exceptions.SyntaxException',
      innerCode: 'SYN0002',
      span: { start: position, length: rest.length },
    });
  }

  /** The name of a scalar type, or one of its aliases. */
  type(): KustoType {
    const start = this.#position;
    const name = this.#match(word);
    const type = name === undefined ? undefined : resolveType(name);
    if (type === undefined) {
      throw this.error(
        'a type is expected here (bool, datetime, decimal, dynamic, guid, int, long, real, string, timespan)',
        start,
      );
    }
    return type;
  }

  #value(): string {
    const text = this.#string() ?? this.#match(typedValue) ?? this.#match(bareValue);
    if (text === undefined) throw this.error("the property's value is expected here");
    return text;
  }

  /** A string literal: quoted with backslash escapes, `@` and quotes without, or lines between ``` marks. */
  #string(): string | undefined {
    for (const fence of ['```', '~~~']) {
      if (!this.text.startsWith(fence, this.#position)) continue;
      const end = this.text.indexOf(fence, this.#position + fence.length);
      if (end === -1) throw this.error('a string literal is not closed');
      const text = this.text.slice(this.#position + fence.length, end);
      this.#position = end + fence.length;
      this.#skipSpace();
      return text;
    }
    // An `h` before a string asks for it to be kept out of logs.
    const at =
      this.#position + (/^[hH]@?["']/.test(this.text.slice(this.#position, this.#position + 3)) ? 1 : 0);
    const verbatim = this.text.charAt(at) === '@';
    const start = at + (verbatim ? 1 : 0);
    const quote = this.text.charAt(start);
    if (quote !== '"' && quote !== "'") return undefined;
    let value = '';
    for (let position = start + 1; position < this.text.length; position += 1) {
      const character = this.text.charAt(position);
      const next = this.text.charAt(position + 1);
      if (character === quote && !(verbatim && next === quote)) {
        this.#position = position + 1;
        this.#skipSpace();
        return value;
      }
      if (character === '\\' && !verbatim) value += escaped(next);
      else value += character;
      if (character === '\\' ? !verbatim : character === quote) position += 1;
    }
    throw this.error('a string literal is not closed');
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return undefined;
    this.#position += found.length;
    this.#skipSpace();
    return found;
  }

  #skipSpace(): void {
    space.lastIndex = this.#position;
    this.#position += space.exec(this.text)?.[0].length ?? 0;
  }
}

function escaped(character: string): string {
  switch (character) {
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return character;
  }
}
