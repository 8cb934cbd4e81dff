import { elementId } from '../../src/element/element-id.ts';
import type { KustoRow } from './model-table.ts';
import type { Reader } from './reader.ts';

/** Properties of each node by its id, as comparable texts. */
export type WantedNodes = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * The nodes that rows stand for.
 * @throws Error when two rows have one key
 */
export function wantedNodes(label: string, key: readonly string[], rows: readonly KustoRow[]): WantedNodes {
  const nodes = new Map<string, ReadonlyMap<string, string>>();
  for (const row of rows) {
    const id = nodeId(label, key, row);
    if (nodes.has(id)) throw new Error(`the query itself has ${id} twice`);
    nodes.set(id, new Map(Object.entries(row).map(([name, value]) => [name, comparable(value)])));
  }
  return nodes;
}

export function nodeId(label: string, key: readonly string[], row: KustoRow): string {
  return elementId(
    label,
    key.map((column) => {
      const value = row[column];
      return typeof value === 'string' || value === null ? value : comparable(value);
    }),
  );
}

/** What a reader has that it should not, and lacks, in words; empty when it is right. */
export function differences(reader: Reader, wanted: WantedNodes): readonly string[] {
  const found: string[] = [];
  for (const [id, properties] of wanted) {
    const element = reader.elements.get(id);
    if (element === undefined) {
      found.push(`${id} is missing`);
      continue;
    }
    const names = new Set([...properties.keys(), ...Object.keys(element.properties)]);
    for (const name of names) {
      const value = element.properties[name];
      const [has, should] = [
        value === undefined ? 'nothing' : comparable(value),
        properties.get(name) ?? 'nothing',
      ];
      if (has !== should) found.push(`${id} has ${name} = ${has}, and should have ${should}`);
    }
  }
  for (const id of reader.elements.keys()) if (!wanted.has(id)) found.push(`${id} is a ghost`);
  return found;
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
