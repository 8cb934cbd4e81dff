/** What make_bag(), make_set() over arrays and buildschema() make of the values of a group, given as one JSON array. */
import type { Json } from './json.ts';
import { canonical, isArray, isBag, kindOf, readJson, stringLeaf, writeJson } from './json.ts';
import type { NativeFunction } from '../native-functions.ts';

function itemsOf(text: string): readonly Json[] {
  const values = readJson(text);
  return isArray(values) ? values : [];
}

/** The slots of all bags, the first value of a repeated key, at most `size` of them; what is no bag is skipped. */
export function mergedBag(text: string, size: number): string {
  const slots = new Map<string, Json>();
  for (const bag of itemsOf(text)) {
    if (!isBag(bag)) continue;
    for (const [key, value] of bag) {
      if (slots.size >= size) break;
      if (!slots.has(key)) slots.set(key, value);
    }
  }
  return writeJson(slots);
}

/** The distinct elements of arrays, and other values as they are; nulls are left out. */
export function distinctElements(text: string, size: number): string {
  const set = new Map<string, Json>();
  for (const value of itemsOf(text)) {
    for (const element of isArray(value) ? value : [value]) {
      if (element === 'null' || set.size >= size) continue;
      const key = canonical(element);
      if (!set.has(key)) set.set(key, element);
    }
  }
  return writeJson([...set.values()]);
}

/** The types seen at one place: names of leaf types, and one container of each kind. */
class Schema {
  readonly #leaves = new Set<string>();
  #slots: Map<string, Schema> | undefined;
  #elements: Schema | undefined;
  /** Names of leaf types, `array` and `bag`, as they came. */
  readonly #order: string[] = [];

  add(value: Json): void {
    if (isBag(value)) {
      if (this.#slots === undefined) this.#order.push('bag');
      this.#slots ??= new Map();
      for (const [key, slot] of value) {
        const known = this.#slots.get(key) ?? new Schema();
        known.add(slot);
        this.#slots.set(key, known);
      }
    } else if (isArray(value)) {
      if (this.#elements === undefined) this.#order.push('array');
      this.#elements ??= new Schema();
      for (const element of value) this.#elements.add(element);
    } else {
      const type = leafType(value);
      if (type === undefined || this.#leaves.has(type)) return;
      this.#leaves.add(type);
      this.#order.push(type);
    }
  }

  json(): Json {
    const types = this.#order.map((kind): Json => {
      if (kind === 'bag') return new Map([...(this.#slots ?? [])].map(([key, slot]) => [key, slot.json()]));
      if (kind === 'array') return new Map([['`indexer`', this.#elements?.json() ?? '[]']]);
      return stringLeaf(kind);
    });
    const [only] = types;
    return types.length === 1 && only !== undefined ? only : types;
  }
}

function leafType(leaf: Json): string | undefined {
  switch (kindOf(leaf)) {
    case 'bool':
      return 'bool';
    case 'number':
      return typeof leaf === 'string' && /^-?\d+$/.test(leaf) ? 'long' : 'double';
    case 'string':
      return 'string';
    default:
      return undefined;
  }
}

/** The least schema that admits all values (page `buildschema()`). */
export function schemaOf(text: string): string {
  const schema = new Schema();
  for (const value of itemsOf(text)) schema.add(value);
  return writeJson(schema.json());
}

function sized(name: string, compute: (text: string, size: number) => string): NativeFunction {
  return {
    name,
    parameters: ['text', 'long'],
    result: 'text',
    evaluate: (text, size) => compute(text as string, Number(size)),
  };
}

export const collectedNatives: readonly NativeFunction[] = [
  sized('kql_merged_bag', mergedBag),
  sized('kql_distinct_elements', distinctElements),
  {
    name: 'kql_schema',
    parameters: ['text'],
    result: 'text',
    evaluate: (text) => schemaOf(text as string),
  },
];
