/** Property bags over JSON texts: bag_…(), treepath(), dynamic_to_json(). */
import type { Json } from './json.ts';
import { isArray, isBag, kindOf, readJson, stringLeaf, stringOf, tryReadJson, writeJson } from './json.ts';
import { parseJsonPath, valueAt } from './json-path.ts';
import { arrayOf } from './arrays.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

/** A key as bag functions take it: a JSONPath of slots when it starts with `$`, or the name of a slot of the root. */
function keyPath(key: string): readonly string[] {
  if (!key.startsWith('$')) return [key];
  const steps = parseJsonPath(key);
  if (steps === undefined || steps.length === 0 || steps.some((step) => typeof step === 'number'))
    throw new NativeError(`'${key.slice(0, 100)}' is no path of slots`);
  return steps.map(String);
}

/** bag_merge(): the leftmost value of a key counts. A null is left out. */
function merge(text: string): string {
  const bags = readJson(text);
  if (!isArray(bags)) return 'null';
  const merged = new Map<string, Json>();
  let any = false;
  for (const bag of bags) {
    if (bag === 'null') continue;
    if (!isBag(bag)) return 'null';
    any = true;
    for (const [key, slot] of bag) if (!merged.has(key)) merged.set(key, slot);
  }
  return any ? writeJson(merged) : 'null';
}

function removed(bag: ReadonlyMap<string, Json>, path: readonly string[]): ReadonlyMap<string, Json> {
  const [key, ...rest] = path;
  if (key === undefined) return bag;
  const slot = bag.get(key);
  if (slot === undefined) return bag;
  const copy = new Map(bag);
  if (rest.length === 0) copy.delete(key);
  else if (isBag(slot)) copy.set(key, removed(slot, rest));
  return copy;
}

function removeKeys(text: string, keys: string): string {
  let bag = readJson(text);
  const list = arrayOf(keys);
  if (!isBag(bag) || list === undefined) return 'null';
  for (const item of list) {
    const key = stringOf(item);
    if (key !== undefined && isBag(bag)) bag = removed(bag, keyPath(key));
  }
  return writeJson(bag);
}

function withSlot(
  bag: ReadonlyMap<string, Json>,
  path: readonly string[],
  slot: Json,
): ReadonlyMap<string, Json> {
  const [key, ...rest] = path;
  if (key === undefined) return bag;
  const copy = new Map(bag);
  if (rest.length === 0) return copy.set(key, slot);
  const inner = bag.get(key);
  if (inner !== undefined && !isBag(inner))
    throw new NativeError(`bag_set_key(): '${key.slice(0, 100)}' on the path holds no bag`);
  return copy.set(key, withSlot(inner ?? new Map<string, Json>(), rest, slot));
}

function setKey(text: string, key: string, slot: string): string {
  const bag = readJson(text);
  return isBag(bag) ? writeJson(withSlot(bag, keyPath(key), readJson(slot))) : 'null';
}

function hasKey(text: string, key: string): string {
  const bag = readJson(text);
  return isBag(bag) ? String(valueAt(bag, keyPath(key)) !== undefined) : 'null';
}

/** bag_zip(): keys that are no strings and values without a key are left out; a missing value is null. */
function bagZip(keys: string, values: string): string {
  const names = arrayOf(keys);
  const slots = arrayOf(values) ?? [];
  if (names === undefined) return 'null';
  const bag = new Map<string, Json>();
  for (const [index, name] of names.entries()) {
    const key = stringOf(name);
    if (key !== undefined && !bag.has(key)) bag.set(key, slots[index] ?? 'null');
  }
  return writeJson(bag);
}

/** bag_pack() whose keys are computed: `[key, value, …]`. */
function bagPack(text: string): string {
  const list = arrayOf(text) ?? [];
  const bag = new Map<string, Json>();
  for (let index = 0; index < list.length; index += 2) {
    const key = stringOf(list[index]) ?? '';
    if (bag.has(key)) throw new NativeError(`bag_pack() has the key '${key.slice(0, 100)}' twice`);
    bag.set(key, list[index + 1] ?? 'null');
  }
  return writeJson(bag);
}

function quotedKey(key: string): string {
  return `['${key.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`;
}

/** treepath(): every path once; the elements of an array share the path `[0]`. */
function treePaths(value: Json, path: string, found: Set<string>): void {
  if (path !== '') found.add(path);
  if (isArray(value)) for (const item of value) treePaths(item, `${path}[0]`, found);
  else if (isBag(value)) for (const [key, slot] of value) treePaths(slot, path + quotedKey(key), found);
}

function treePath(text: string): string {
  const value = readJson(text);
  if (typeof value === 'string') return 'null';
  const found = new Set<string>();
  treePaths(value, '', found);
  return writeJson([...found].map((path) => stringLeaf(path)));
}

/** dynamic_to_json(): slots sorted by name, at every level. */
function sorted(value: Json): Json {
  if (typeof value === 'string') return value;
  if (isArray(value)) return value.map((item) => sorted(item));
  const slots = [...value].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return new Map(slots.map(([key, slot]) => [key, sorted(slot)]));
}

/** extract_json(): the element as text, '' when there is none or the text is no JSON. */
function extractJson(path: string, text: string): string {
  const steps = parseJsonPath(path);
  if (steps === undefined)
    throw new NativeError(`extract_json() does not read the path '${path.slice(0, 100)}'`);
  const document = tryReadJson(text);
  const found = document === undefined ? undefined : valueAt(document, steps);
  if (found === undefined || kindOf(found) === 'null') return '';
  return stringOf(found) ?? writeJson(found);
}

export const bagNatives: NativeTable = {
  bag_has_key: native(2, hasKey),
  bag_merge: native(1, merge),
  bag_pack: native(1, bagPack),
  bag_remove_keys: native(2, removeKeys),
  bag_set_key: native(3, setKey),
  bag_zip: native(2, bagZip),
  dynamic_to_json: native(1, (text) => writeJson(sorted(readJson(text)))),
  extract_json: native(2, extractJson),
  treepath: native(1, treePath),
};
