/**
 * Dynamic values in JavaScript. A leaf keeps the text it has in its JSON: numbers stay exact, and a real (`1.0`) stays apart
 * from a long (`1`). The slots of a bag keep their order.
 */

/** A leaf as its JSON text: `null`, `true`, `1.50`, `"text"` with its quotes and escapes. */
export type JsonLeaf = string;
export type Json = JsonLeaf | readonly Json[] | ReadonlyMap<string, Json>;

export type JsonKind = 'array' | 'bag' | 'bool' | 'null' | 'number' | 'string';

/** How deep arrays and bags may nest: a hostile text must not exhaust the stack. */
const maxDepth = 1000;

class Reader {
  readonly #text: string;
  #position = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value(0);
    this.#space();
    if (this.#position < this.#text.length) throw this.#malformed();
    return value;
  }

  #value(depth: number): Json {
    if (depth > maxDepth) throw new RangeError('a dynamic value nests deeper than 1000 arrays and bags');
    this.#space();
    const first = this.#text.charAt(this.#position);
    if (first === '[') return this.#array(depth);
    if (first === '{') return this.#bag(depth);
    return this.#leaf();
  }

  #array(depth: number): Json {
    const items: Json[] = [];
    this.#position += 1;
    if (this.#skip(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#skip(','));
    this.#expect(']');
    return items;
  }

  #bag(depth: number): Json {
    const slots = new Map<string, Json>();
    this.#position += 1;
    if (this.#skip('}')) return slots;
    do {
      this.#space();
      const key = this.#leaf();
      if (!key.startsWith('"')) throw this.#malformed();
      this.#expect(':');
      slots.set(JSON.parse(key) as string, this.#value(depth + 1));
    } while (this.#skip(','));
    this.#expect('}');
    return slots;
  }

  #leaf(): JsonLeaf {
    const leaf = /"(?:[^"\\]|\\[\s\S])*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
    leaf.lastIndex = this.#position;
    const found = leaf.exec(this.#text);
    if (found === null) throw this.#malformed();
    this.#position += found[0].length;
    return found[0];
  }

  #space(): void {
    while (' \t\r\n'.includes(this.#text.charAt(this.#position) || '-')) this.#position += 1;
  }

  #skip(character: string): boolean {
    this.#space();
    if (this.#text.charAt(this.#position) !== character) return false;
    this.#position += 1;
    return true;
  }

  #expect(character: string): void {
    if (!this.#skip(character)) throw this.#malformed();
  }

  #malformed(): SyntaxError {
    return new SyntaxError(`no JSON at character ${this.#position}`);
  }
}

/** @throws SyntaxError, and RangeError when the value nests too deep */
export function readJson(text: string): Json {
  return new Reader(text).document();
}

/** As {@link readJson}; undefined when the text is no JSON. */
export function tryReadJson(text: string): Json | undefined {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isBag(value: Json): value is ReadonlyMap<string, Json> {
  return value instanceof Map;
}

export function kindOf(value: Json): JsonKind {
  if (typeof value !== 'string') return isArray(value) ? 'array' : 'bag';
  switch (value.charAt(0)) {
    case '"':
      return 'string';
    case 'n':
      return 'null';
    case 't':
    case 'f':
      return 'bool';
    default:
      return 'number';
  }
}

/** JSON text without spaces. */
export function writeJson(value: Json): string {
  if (typeof value === 'string') return value;
  if (isArray(value)) return `[${value.map((item) => writeJson(item)).join(',')}]`;
  return `{${[...value].map(([key, slot]) => `${JSON.stringify(key)}:${writeJson(slot)}`).join(',')}}`;
}

/** A string as a leaf. */
export function stringLeaf(text: string): JsonLeaf {
  return JSON.stringify(text);
}

/** The string that a leaf holds; undefined for what is no string. */
export function stringOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value.startsWith('"') ? (JSON.parse(value) as string) : undefined;
}

/** The number that a leaf holds, as a double; undefined for what is no number. */
export function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'string' && kindOf(value) === 'number' ? Number(value) : undefined;
}

/** A double as a leaf; JSON has no NaN and no infinities: dynamic holds them as strings. */
export function realLeaf(number: number): JsonLeaf {
  if (Number.isNaN(number)) return '"NaN"';
  if (!Number.isFinite(number)) return number > 0 ? '"Infinity"' : '"-Infinity"';
  return Number.isInteger(number) && Math.abs(number) < 1e15 ? number.toFixed(1) : String(number);
}

/** What tostring() makes of an element: a string without its quotes, null as the empty string. */
export function textOf(value: Json): string {
  return stringOf(value) ?? (value === 'null' ? '' : writeJson(value));
}

function canonicalNumber(text: string): string {
  if (/^-?\d+$/.test(text)) return BigInt(text).toString();
  const number = Number(text);
  return Number.isSafeInteger(number) ? String(number + 0) : String(number);
}

/** A text that is the same for equal values only: slots sorted by name, numbers by value, strings by content. */
export function canonical(value: Json): string {
  if (typeof value !== 'string') {
    if (isArray(value)) return `[${value.map((item) => canonical(item)).join(',')}]`;
    const slots = [...value].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${slots.map(([key, slot]) => `${JSON.stringify(key)}:${canonical(slot)}`).join(',')}}`;
  }
  if (kindOf(value) === 'number') return canonicalNumber(value);
  const text = stringOf(value);
  return text === undefined ? value : JSON.stringify(text);
}
