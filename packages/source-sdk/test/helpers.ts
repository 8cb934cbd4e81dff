import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { MemoryPublisher, MemoryStateStore, SourceError, systemClock } from '../src/index.ts';
import type { ChangeBatch, Clock, JsonValue, Logger, Monitor, SourceChange } from '../src/index.ts';

/** Time that passes only when told to; sleepers wake in order. */
export class ManualClock implements Clock {
  #now: number;
  #sleepers: { at: number; wake: () => void }[] = [];

  constructor(now = 1_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) {
        reject(signal.reason);
        return;
      }
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal.reason);
      });
    });
  }

  get sleeping(): number {
    return this.#sleepers.length;
  }

  advance(ms: number): void {
    this.#now += ms;
    const due = this.#sleepers.filter((sleeper) => sleeper.at <= this.#now).sort((a, b) => a.at - b.at);
    this.#sleepers = this.#sleepers.filter((sleeper) => !due.includes(sleeper));
    for (const sleeper of due) sleeper.wake();
  }
}

/** Real time, but no wait is longer than a millisecond. */
export const hastyClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 1), signal),
};

export async function until(condition: () => boolean, what = 'the condition', ms = 5_000): Promise<void> {
  const end = Date.now() + ms;
  while (!condition()) {
    assert.ok(Date.now() < end, `${what} did not come true within ${ms} ms`);
    await wait(2);
  }
}

export const upsert = (id: string, properties: SourceChange['element']['properties'] = {}): SourceChange => ({
  op: 'u',
  element: { id, labels: ['N'], properties },
  timestampNs: 1n,
});

/** A monitor of numbered changes from its checkpoint up to `last`; then it waits for its end. */
export function counting(last: number, perBatch = 1): Monitor {
  return async function* count({ checkpoint, signal }): AsyncGenerator<ChangeBatch> {
    for (let next = Number(checkpoint ?? 0) + 1; next <= last && !signal.aborted; next += perBatch) {
      const ids = Array.from({ length: Math.min(perBatch, last - next + 1) }, (_, index) => next + index);
      yield { changes: ids.map((id) => upsert(`n:${id}`)), checkpoint: ids.at(-1) as number };
    }
    await aborted(signal);
  };
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

export interface ParsedChange {
  readonly op: string;
  readonly id: string;
  readonly lsn: number;
}

export function parseChanges(texts: readonly string[]): ParsedChange[] {
  return texts.map((text) => {
    const { op, payload } = JSON.parse(text);
    return { op, id: (payload.after ?? payload.before).id, lsn: payload.source.lsn };
  });
}

/** A memory store whose operations a test can watch and break. */
export class HookedStore extends MemoryStateStore {
  readonly writes: JsonValue[] = [];
  /** Before a write: throw to refuse it. */
  onSet: (value: JsonValue, count: number) => void | Promise<void> = () => undefined;
  /** After a write: throw to lose its answer. */
  afterSet: (value: JsonValue, count: number) => void | Promise<void> = () => undefined;
  onDelete: () => void = () => undefined;

  override async set(key: string, value: JsonValue, etag: string | undefined): Promise<string> {
    const count = this.writes.length + 1;
    await this.onSet(value, count);
    const next = await super.set(key, value, etag);
    this.writes.push(value);
    await this.afterSet(value, count);
    return next;
  }

  override async delete(key: string): Promise<void> {
    this.onDelete();
    await super.delete(key);
  }
}

/** A memory store that several reactivators share, as processes share one of Dapr. */
export class SharedStore extends HookedStore {
  override readonly exclusive = false;
}

/** A memory publisher a test can break: throw in `before` and nothing arrives, in `after` and only the answer is lost. */
export class HookedPublisher extends MemoryPublisher {
  calls = 0;
  before: (call: number, signal: AbortSignal) => void | Promise<void> = () => undefined;
  after: (call: number) => void | Promise<void> = () => undefined;

  override async publish(
    changes: readonly Uint8Array[],
    signal: AbortSignal = new AbortController().signal,
    _lastCall?: () => void,
  ): Promise<void> {
    this.calls += 1;
    const call = this.calls;
    await this.before(call, signal);
    await super.publish(changes);
    await this.after(call);
  }
}

export const transient = (message = 'a passing fault'): SourceError => new SourceError('TEST', message);

/** Collects what is logged as `level message`. */
export function recordingLogger(): Logger & { readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (message: string, fields?: Record<string, unknown>) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields ?? {})}`);
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
