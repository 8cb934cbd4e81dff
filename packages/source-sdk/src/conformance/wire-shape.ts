/**
 * What the platform's parsers take: the NDJSON lines of a bootstrap, and the change messages of a topic. From the models of Drasi's own Source
 * SDKs, its change router and its query host, which read them strictly.
 */
import { NumberText, isObject, parseExact } from './exact-json.ts';
import type { ExactJson } from './exact-json.ts';

export interface WireElement {
  readonly id: string;
  readonly labels: readonly string[];
  readonly kind: 'node' | 'rel';
}

export interface WireChange extends WireElement {
  readonly op: 'i' | 'u' | 'd';
  readonly lsn: bigint;
  readonly timestampNs: bigint;
  readonly startNs: bigint;
  /** The element, as text that is equal for equal elements. */
  readonly content: string;
}

const U64_MAX = 2n ** 64n - 1n;

/** @throws Error naming what the platform would refuse, or misread */
function unsigned(value: ExactJson | undefined, name: string): bigint {
  if (!(value instanceof NumberText) || !/^\d+$/.test(value.text) || BigInt(value.text) > U64_MAX)
    throw new Error(`${name} is ${show(value)}: it must be a JSON integer from 0 to 2^64-1`);
  return BigInt(value.text);
}

function text(value: ExactJson | undefined, name: string): string {
  if (typeof value !== 'string' || value === '')
    throw new Error(`${name} is ${show(value)}: it must be a non-empty string`);
  return value;
}

const show = (value: ExactJson | undefined): string =>
  value === undefined
    ? 'missing'
    : value instanceof NumberText
      ? value.text
      : (JSON.stringify(value) ?? '').slice(0, 80);

/**
 * An element of a bootstrap or of a change.
 * @param properties required where the platform's parser requires them: everywhere but in a delete
 */
export function readElement(value: ExactJson | undefined, properties: 'required' | 'optional'): WireElement {
  if (!isObject(value)) throw new Error(`an element is ${show(value)}: it must be a JSON object`);
  const id = text(value['id'], '"id"');
  const { labels } = value;
  if (!Array.isArray(labels) || labels.length === 0)
    throw new Error(`"labels" of "${id}" is ${show(labels)}: it must be a non-empty array`);
  const names = labels.map((label: ExactJson) => text(label, `a label of "${id}"`));
  if (value['properties'] === undefined && properties === 'optional') return kindOf(value, id, names);
  if (!isObject(value['properties']))
    throw new Error(`"properties" of "${id}" is ${show(value['properties'])}: it must be an object`);
  return kindOf(value, id, names);
}

function kindOf(
  { startId, endId }: { readonly [key: string]: ExactJson },
  id: string,
  labels: readonly string[],
): WireElement {
  const [start, end] = [startId ?? undefined, endId ?? undefined];
  if (start === undefined && end === undefined) return { id, labels, kind: 'node' };
  text(start, `"startId" of "${id}"`);
  text(end, `"endId" of "${id}"`);
  return { id, labels, kind: 'rel' };
}

/** @throws Error */
export function readLine(line: string): WireElement {
  return readElement(parseJson(line), 'required');
}

/** A line that is valid JSON and no element: the platform's query host fails the bootstrap on it. */
export function isPoison(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return !isObject(value) || typeof value['id'] !== 'string';
  } catch {
    return false;
  }
}

/**
 * One message of the topic `<sourceId>-change`: an array of changes.
 * @throws Error
 */
export function readMessage(body: string, sourceId: string): readonly WireChange[] {
  const message = parseJson(body);
  if (!Array.isArray(message))
    throw new Error(`a message is ${show(message)}: it must be an array of changes`);
  return message.map((change: ExactJson, index: number) => {
    try {
      return readChange(change, sourceId);
    } catch (error) {
      throw new Error(`change ${index}: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    }
  });
}

function readChange(change: ExactJson, sourceId: string): WireChange {
  if (!isObject(change)) throw new Error(`it is ${show(change)}: it must be an object`);
  const { op, payload } = change;
  if (op !== 'i' && op !== 'u' && op !== 'd')
    throw new Error(`"op" is ${show(op)}: it must be "i", "u" or "d"`);
  if (!isObject(payload)) throw new Error('"payload" is missing');
  const { source } = payload;
  if (!isObject(source)) throw new Error('"payload.source" is missing');
  if (source['db'] !== sourceId)
    throw new Error(`"payload.source.db" is ${show(source['db'])}: it must be "${sourceId}"`);
  const { table } = source;
  if (table !== 'node' && table !== 'rel')
    throw new Error(`"payload.source.table" is ${show(table)}: it must be "node" or "rel"`);
  const key = op === 'd' ? 'before' : 'after';
  if (payload[key] === undefined) throw new Error(`"payload.${key}" is missing in an "${op}"`);
  const element = readElement(payload[key], op === 'd' ? 'optional' : 'required');
  // The ends of a deleted relation may be left out.
  if (element.kind !== table && !(op === 'd' && table === 'rel'))
    throw new Error(`"${element.id}" is a ${element.kind} in the table "${table}"`);
  return {
    ...element,
    kind: table,
    op,
    lsn: unsigned(source['lsn'], '"payload.source.lsn"'),
    timestampNs: unsigned(source['ts_ns'], '"payload.source.ts_ns"'),
    startNs: unsigned(change['reactivatorStart_ns'], '"reactivatorStart_ns"'),
    content: JSON.stringify(payload[key]),
  };
}

function parseJson(body: string): ExactJson {
  try {
    return parseExact(body);
  } catch (error) {
    throw new Error(`not JSON: ${body.slice(0, 80)}`, { cause: error });
  }
}
