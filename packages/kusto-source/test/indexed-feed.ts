import assert from 'node:assert/strict';
import {
  MemoryPublisher,
  MemoryStateStore,
  Reactivator,
  type AbandonedSession,
  type JsonValue,
  type Monitor,
} from '@drasi-kusto/source-sdk';
import type { Detection, EntityConfig } from '../src/config/entity-config.ts';
import type { EntityIndex } from '../src/key-index/entity-index.ts';
import type { KeyEntry } from '../src/key-index/key-entry.ts';
import { SourceIndexes, type IndexPlan } from '../src/key-index/source-indexes.ts';
import { readRows } from '../src/query/read-rows.ts';
import { SourceReader } from '../src/query/source-reader.ts';

export const bucketCount = 8;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const never = new AbortController().signal;

const plan: IndexPlan = {
  bucketCount,
  epoch: 'e',
  probe: 'p',
  bucketOf: () => Promise.reject(new Error('the bucket count is the same')),
};

/** A feed that follows one entity: it reads the keys there are at its start, and then only folds hand-overs when it is told to. */
export class IndexedFeed implements AsyncDisposable {
  readonly store = new MemoryStateStore();
  readonly indexes = new SourceIndexes({ store: this.store });
  readonly reader: SourceReader;
  readonly reactivator: Reactivator;
  readonly config: EntityConfig;
  readonly abandoned: AbandonedSession[] = [];
  /** Instead of the index taking it. */
  refuse: (() => Error) | undefined;
  handOvers = 0;
  #index: EntityIndex | undefined;
  #first: readonly KeyEntry[] | undefined;
  readonly #stop = new AbortController();
  #run: Promise<void> | undefined;

  constructor(config: EntityConfig, port?: number) {
    this.config = config;
    this.reader = new SourceReader({ config, logger: quiet, env: {} });
    this.reactivator = new Reactivator({
      sourceId: 'storms',
      monitor: this.#monitor,
      publisher: new MemoryPublisher(),
      state: this.store,
      fingerprint: 'f',
      handOver: async (sessionId, payload) => {
        this.handOvers += 1;
        const refusal = this.refuse?.();
        if (refusal !== undefined) throw refusal;
        await this.indexes.handOver(sessionId, payload);
      },
      deprovision: () => this.indexes.destroy(),
      terminationLogPath: '/nonexistent/termination-log',
      ...(port === undefined ? {} : { port }),
    });
  }

  /** Begins with these entries instead of those that are there. */
  follow(entries: readonly KeyEntry[]): void {
    this.#first = entries;
  }

  start(): void {
    this.#run = this.reactivator.run(this.#stop.signal);
    this.#run.catch(() => undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#run;
    await this.reader[Symbol.asyncDispose]();
  }

  /** The keys that may be live, index and journal together. */
  async entries(): Promise<ReadonlyMap<string, KeyEntry>> {
    const index = this.#index;
    assert.ok(index !== undefined);
    await index.journal.fold(index.keys, index.bucketOf);
    const entries = new Map<string, KeyEntry>();
    for (let bucket = 0; bucket < bucketCount; bucket++)
      for (const entry of await index.keys.bucket(bucket)) entries.set(entry.id, entry);
    return entries;
  }

  /** What a scan would see now. */
  async seen(): Promise<ReadonlyMap<string, KeyEntry>> {
    const { cursor } = await this.reader.position(never);
    const reading = { signal: never, identity: { bucketCount }, detection: detectionOf(this.config) };
    const entries = new Map<string, KeyEntry>();
    for await (const { rows, keyed } of readRows(this.reader, this.config, { upTo: cursor }, true, reading))
      for (const entry of keyed?.changes(rows).entries ?? []) entries.set(entry.id, entry);
    return entries;
  }

  readonly #monitor: Monitor = async function* (this: IndexedFeed, context: Parameters<Monitor>[0]) {
    const index = (this.#index = await this.indexes.open('T', plan));
    if (context.checkpoint === undefined) {
      const entries = this.#first ?? [...(await this.seen()).values()];
      await index.keys.noteLive(entries);
      await index.keys.settle(entries);
    }
    const part: JsonValue = { cursor: 'c', detection: detectionOf(this.config), index: { bucketCount } };
    yield { changes: [], checkpoint: { format: 3, entities: { T: part } } };
    for (;;) {
      this.abandoned.push(...context.abandonedSessions());
      await context.sleep(50);
    }
  }.bind(this) as Monitor;
}

const detectionOf = ({ changeDetection }: EntityConfig): Detection =>
  changeDetection === 'auto' ? 'append' : changeDetection;
