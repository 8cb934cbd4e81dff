/** parse_xml(): elements, attributes and text become bags; comments, instructions and declarations are skipped. */
import type { Json } from '../dynamic/json.ts';
import { stringLeaf, writeJson } from '../dynamic/json.ts';
import type { NativeTable } from '../text-function.ts';
import { native } from '../text-function.ts';

interface Element {
  readonly name: string;
  readonly slots: Map<string, Json>;
  /** Slots that stand for a repeated element. */
  readonly repeated: Map<string, Json[]>;
  text: string;
}

const name = String.raw`[\p{L}_:][\p{L}\p{N}_:.\-]*`;
const attribute = String.raw`\s+(${name})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')`;
const opening = new RegExp(String.raw`<(${name})((?:${attribute})*)\s*(/?)>`, 'uy');
const closing = new RegExp(String.raw`</(${name})\s*>`, 'uy');
const attributes = new RegExp(attribute, 'gu');
const skipped = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>/y;
/** A document type may declare entities, which are not read. */
const documentType = /<!DOCTYPE[^[>]*>/y;
const cdata = /<!\[CDATA\[([\s\S]*?)\]\]>/y;
const plain = /[^<]+/y;

/** Longer texts give null, as documented. */
const maxBytes = 1_048_576;
const maxDepth = 1000;

const entities: Readonly<Record<string, string>> = { amp: '&', apos: "'", gt: '>', lt: '<', quot: '"' };

class XmlError extends Error {}

function decoded(text: string): string {
  return text.replaceAll(/&([^;\s]*);?/g, (whole, entity: string) => {
    const code = /^#(?:x([0-9a-f]{1,6})|(\d{1,7}))$/i.exec(entity);
    if (code !== null && whole.endsWith(';')) {
      const point = code[1] === undefined ? Number(code[2]) : Number.parseInt(code[1], 16);
      if (point <= 0x10ffff) return String.fromCodePoint(point);
    }
    const known = whole.endsWith(';') ? entities[entity] : undefined;
    if (known === undefined) throw new XmlError('an unknown entity');
    return known;
  });
}

function at(pattern: RegExp, text: string, position: number): RegExpExecArray | null {
  pattern.lastIndex = position;
  return pattern.exec(text);
}

function element(tag: string, list: string): Element {
  const slots = new Map<string, Json>();
  for (const [, key = '', double, single] of list.matchAll(attributes)) {
    if (slots.has(`@${key}`)) throw new XmlError('an attribute twice');
    slots.set(`@${key}`, stringLeaf(decoded(double ?? single ?? '')));
  }
  return { name: tag, slots, repeated: new Map(), text: '' };
}

/** An element as JSON: null when empty, its text when it has nothing else, a bag otherwise. */
function valueOf(one: Element): Json {
  const text = one.text.trim();
  if (one.slots.size === 0) return text === '' ? 'null' : stringLeaf(text);
  if (text === '') return one.slots;
  const slots = new Map<string, Json>();
  const children = [...one.slots];
  for (const [key, slot] of children) if (key.startsWith('@')) slots.set(key, slot);
  slots.set('#text', stringLeaf(text));
  for (const [key, slot] of children) if (!key.startsWith('@')) slots.set(key, slot);
  return slots;
}

function add(parent: Element, child: Element): void {
  const value = valueOf(child);
  const first = parent.slots.get(child.name);
  const list = parent.repeated.get(child.name);
  if (list !== undefined) list.push(value);
  else if (first === undefined) parent.slots.set(child.name, value);
  else {
    const both = [first, value];
    parent.repeated.set(child.name, both);
    parent.slots.set(child.name, both);
  }
}

function document(text: string): Json {
  const root: Element = { name: '', slots: new Map(), repeated: new Map(), text: '' };
  const open: Element[] = [root];
  let position = text.startsWith('\uFEFF') ? 1 : 0;
  while (position < text.length) {
    const current = open.at(-1) ?? root;
    const skip = at(skipped, text, position) ?? (open.length === 1 ? at(documentType, text, position) : null);
    if (skip !== null) {
      position += skip[0].length;
      continue;
    }
    const literal = at(cdata, text, position);
    const words = literal ?? at(plain, text, position);
    if (words !== null) {
      current.text += literal === null ? decoded(words[0]) : (literal[1] ?? '');
      position += words[0].length;
      continue;
    }
    const end = at(closing, text, position);
    const start = end === null ? at(opening, text, position) : null;
    if (start !== null) {
      const child = element(start[1] ?? '', start[2] ?? '');
      if (open.length > maxDepth) throw new XmlError('too deep');
      if (start.at(-1) === '/') add(current, child);
      else open.push(child);
    } else {
      if (end === null || open.length === 1 || current.name !== end[1]) throw new XmlError('no element');
      open.pop();
      add(open.at(-1) ?? root, current);
    }
    position += (end ?? start)?.[0].length ?? 0;
  }
  if (open.length !== 1 || root.text.trim() !== '') throw new XmlError('no document');
  if (root.slots.size !== 1 || root.repeated.size > 0) throw new XmlError('one root is needed');
  return root.slots;
}

function parseXml(text: string): string {
  if (Buffer.byteLength(text) > maxBytes) return 'null';
  try {
    return writeJson(document(text));
  } catch (error) {
    if (error instanceof XmlError) return 'null';
    throw error;
  }
}

export const xmlNatives: NativeTable = { parse_xml: native(1, parseXml) };
