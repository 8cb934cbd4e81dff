import { elementId } from '../../src/element/element-id.ts';
import type { Difference } from './invariants/invariant.ts';
import type { KustoRow } from './model-table.ts';
import type { ModelEnd, ModelEntity } from './profile.ts';
import type { Reader } from './reader.ts';
import type { WireElement } from './wire-log.ts';

/** What each element has, by its id, as comparable texts: its properties, its label, and the ends of a relation. */
export type WantedElements = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * The elements that rows stand for.
 * @throws Error when two rows have one key
 */
export function wantedElements(
  rows: readonly { readonly entity: ModelEntity; readonly rows: readonly KustoRow[] }[],
): WantedElements {
  const elements = new Map<string, ReadonlyMap<string, string>>();
  for (const { entity, rows: own } of rows)
    for (const row of own) {
      const id = idOf(entity, row);
      if (elements.has(id)) throw new Error(`the query itself has ${id} twice`);
      const properties = Object.entries(row).map(([name, value]) => [name, comparable(value)] as const);
      const { label } = entity;
      const ends = relationEnds(entity, row);
      elements.set(
        id,
        new Map([
          ...properties,
          ['(label)', label],
          ['(start)', ends?.start ?? 'nothing'],
          ['(end)', ends?.end ?? 'nothing'],
        ]),
      );
    }
  return elements;
}

/** The id of the element that a row is. */
export function idOf({ label, key, ends }: ModelEntity, row: KustoRow): string {
  const id = endOf({ label, key }, row);
  return ends === undefined ? id : `rel:${id}`;
}

/** The ids of the nodes that a relation is between; undefined for a node. */
export function relationEnds(
  { ends }: ModelEntity,
  row: KustoRow,
): { readonly start: string; readonly end: string } | undefined {
  return ends === undefined ? undefined : { start: endOf(ends.start, row), end: endOf(ends.end, row) };
}

function endOf({ label, key }: ModelEnd, row: KustoRow): string {
  return elementId(
    label,
    key.map((column) => {
      const value = row[column];
      return typeof value === 'string' || value === null ? value : comparable(value);
    }),
  );
}

/**
 * What a reader has that it should not, and lacks, in words; empty when it is right.
 * @param nullable properties that are null or missing, which is one to a query
 */
export function differences(
  reader: Reader,
  wanted: WantedElements,
  nullable: ReadonlySet<string> = new Set(),
): readonly Difference[] {
  const found: Difference[] = [];
  for (const [id, should] of wanted) {
    const element = reader.elements.get(id);
    if (element === undefined) {
      found.push({ kind: 'missing', text: `${id} is missing` });
      continue;
    }
    const has = partsOf(element);
    for (const name of new Set([...should.keys(), ...has.keys()])) {
      const nothing = nullable.has(name) ? 'null' : 'nothing';
      const [mine, theirs] = [has.get(name) ?? nothing, should.get(name) ?? nothing];
      if (mine === theirs) continue;
      const kind = isNumber(mine) && Number(mine) === Number(theirs) ? 'digits' : 'value';
      found.push({ kind, text: `${id} has ${name} = ${mine}, and should have ${theirs}` });
    }
  }
  for (const id of reader.elements.keys())
    if (!wanted.has(id)) found.push({ kind: 'ghost', text: `${id} is a ghost` });
  return found;
}

const isNumber = (text: string): boolean => text !== '' && !Number.isNaN(Number(text));

function partsOf({ labels, properties, startId, endId }: WireElement): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(properties).map(([name, value]) => [name, comparable(value)] as const),
    ['(label)', labels.join(' ')],
    ['(start)', startId ?? 'nothing'],
    ['(end)', endId ?? 'nothing'],
  ]);
}

/**
 * One text a value, for the values of the wire and those of a query's result alike: members in order of their names, numbers
 * without regard to how they are held. JSON has no NaN: it is null on the wire.
 */
export function comparable(value: unknown): string {
  if (value === null || value === undefined || value === 'NaN') return 'null';
  if (typeof value === 'bigint' || typeof value === 'number') return String(value);
  if (typeof value === 'string') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(comparable).join(',')}]`;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value !== 'object') throw new Error(`${typeof value} is no value of a row`);
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${comparable(member)}`,
  );
  return `{${members.sort().join(',')}}`;
}
