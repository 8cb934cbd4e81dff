import assert from 'node:assert/strict';
import { asObject, parseExact, type ExactValue } from '../../src/quickstart/exact-json.ts';

/** A node or a relation, as it is on the wire. */
export interface WireElement {
  readonly id: string;
  readonly labels: readonly string[];
  readonly properties: Readonly<Record<string, ExactValue>>;
  readonly startId?: string;
  readonly endId?: string;
}

export interface WireChange {
  readonly op: 'u' | 'd';
  readonly element: WireElement;
  readonly bytes: Uint8Array;
  /** When the row came, nanoseconds since 1970. */
  readonly timestampNs: bigint;
}

/**
 * Everything a source published, over all its lives, in order: what the topic holds.
 * A change that no source may publish is an error at once.
 */
export class WireLog {
  readonly changes: WireChange[] = [];
  /** The first rule that was broken. Deliveries happen inside the source, which would try again after an error thrown there. */
  broken: Error | undefined;
  #lsn = -1n;
  #again = 0;

  /** So many of the next deliveries come twice, which readers have to bear (rule R25). */
  redeliver(deliveries: number): void {
    this.#again = deliveries;
  }

  deliver(changes: readonly Uint8Array[]): void {
    const from = this.changes.length;
    this.#take(changes);
    if (this.#again === 0) return;
    this.#again -= 1;
    this.changes.push(...this.changes.slice(from));
  }

  #take(changes: readonly Uint8Array[]): void {
    for (const bytes of changes) {
      try {
        this.changes.push(this.#read(bytes));
      } catch (error) {
        this.broken ??= error instanceof Error ? error : new Error(String(error));
      }
    }
  }

  #read(bytes: Uint8Array): WireChange {
    const text = Buffer.from(bytes).toString('latin1');
    const change = asObject(parseExact(text));
    const op = change?.['op'];
    // An insert of an id that is known counts twice in Drasi, and every window may come again.
    assert.ok(op === 'u' || op === 'd', `another op than u and d: ${text}`);
    const payload = asObject(change?.['payload']);
    const { lsn, ts_ns: timestamp } = asObject(payload?.['source']) ?? {};
    const timestampNs =
      typeof timestamp === 'number' || typeof timestamp === 'bigint' ? BigInt(timestamp) : 0n;
    assert.ok(typeof lsn === 'number' || typeof lsn === 'bigint', `no lsn in ${text}`);
    assert.ok(BigInt(lsn) > this.#lsn, `lsn ${lsn} after ${this.#lsn} (R12)`);
    this.#lsn = BigInt(lsn);
    return { op, element: readElement(payload?.[op === 'u' ? 'after' : 'before'], text), bytes, timestampNs };
  }
}

/** @throws Error when it is no element */
export function readElement(value: ExactValue | undefined, text: string): WireElement {
  const element = asObject(value);
  const { id, labels, properties, startId, endId } = element ?? {};
  assert.ok(typeof id === 'string' && id !== '', `an element without an id: ${text}`);
  assert.ok(Array.isArray(labels) && labels.length === 1, `an element without its label: ${text}`);
  return {
    id,
    labels: labels.map(String),
    properties: asObject(properties) ?? {},
    ...(typeof startId === 'string' ? { startId } : {}),
    ...(typeof endId === 'string' ? { endId } : {}),
  };
}
