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

interface Change {
  readonly op: string;
  readonly payload: {
    readonly after?: { readonly id: string; readonly properties: unknown };
    readonly before?: { readonly id: string };
  };
}

/** Reads the Source's whole stream as Dapr has written it: entries with a field `data`, a CloudEvent of an array of changes. */
export async function readTopic(world: World): Promise<TopicReport> {
  const entries = (await world.redis.command('XRANGE', world.topic, '-', '+')) as [string, unknown][];
  const seen = new Map<string, Set<string>>();
  let [changes, repeated] = [0, 0];
  for (const [, fields] of entries) {
    const event = JSON.parse(fieldOf(fields, 'data')) as { readonly data: readonly Change[] };
    for (const { op, payload } of event.data) {
      changes += 1;
      const element = payload.after ?? payload.before;
      if (element === undefined) throw new Error(`a change without an element: ${JSON.stringify(payload)}`);
      const states = seen.get(element.id) ?? new Set();
      seen.set(element.id, states);
      const state = JSON.stringify([op, element]);
      if (states.has(state)) repeated += 1;
      states.add(state);
    }
  }
  return { messages: entries.length, changes, repeated, ids: seen.size };
}

/** redis-cli gives the fields of an entry as a flat list or as pairs, by the protocol it speaks. */
function fieldOf(fields: unknown, name: string): string {
  const flat = (fields as unknown[]).flat();
  const value = flat[flat.indexOf(name) + 1];
  if (typeof value !== 'string') throw new Error(`an entry without the field ${name}`);
  return value;
}
