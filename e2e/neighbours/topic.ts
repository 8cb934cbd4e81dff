import type { Row } from '../../packages/kusto-source/src/quickstart/exact-json.ts';
import type { World } from './world.ts';

/** What the topic holds, from its first message on. */
export interface TopicReport {
  readonly messages: number;
  readonly changes: number;
  /** Changes that only repeat an earlier one of the same element: at-least-once, made visible. */
  readonly repeated: number;
  /** Elements that have at least one change. */
  readonly ids: number;
}

/** A change as it is on the wire, as far as tests look at it. */
export interface Change {
  readonly op: string;
  readonly payload: {
    readonly source: { readonly lsn: number };
    readonly after?: { readonly id: string; readonly properties: Row };
    readonly before?: { readonly id: string };
  };
}

/** The Source's whole stream as Dapr has written it: entries with a field `data`, a CloudEvent of an array of changes. */
export async function readMessages(world: World): Promise<(readonly Change[])[]> {
  const entries = (await world.redis.command('XRANGE', world.topic, '-', '+')) as [string, unknown][];
  return entries.map(
    ([, fields]) => (JSON.parse(fieldOf(fields, 'data')) as { readonly data: readonly Change[] }).data,
  );
}

/** Reads the Source's whole stream and counts. */
export async function readTopic(world: World): Promise<TopicReport> {
  const messages = await readMessages(world);
  const seen = new Map<string, Set<string>>();
  let [changes, repeated] = [0, 0];
  for (const { op, payload } of messages.flat()) {
    changes += 1;
    const element = payload.after ?? payload.before;
    if (element === undefined) throw new Error(`a change without an element: ${JSON.stringify(payload)}`);
    const states = seen.get(element.id) ?? new Set();
    seen.set(element.id, states);
    const state = JSON.stringify([op, element]);
    if (states.has(state)) repeated += 1;
    states.add(state);
  }
  return { messages: messages.length, changes, repeated, ids: seen.size };
}

/** redis-cli gives the fields of an entry as a flat list or as pairs, by the protocol it speaks. */
function fieldOf(fields: unknown, name: string): string {
  const flat = (fields as unknown[]).flat();
  const value = flat[flat.indexOf(name) + 1];
  if (typeof value !== 'string') throw new Error(`an entry without the field ${name}`);
  return value;
}
