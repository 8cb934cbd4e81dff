import assert from 'node:assert/strict';
import { MemoryStateStore } from '@drasi-kusto/source-sdk';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { createKqlCompiler } from '../../../kusto-local/src/kql/compiler-pool.ts';
import { sqlPrelude } from '../../../kusto-local/src/kql/sql/prelude.ts';
import { parseConfig } from '../../src/config/config.ts';
import { SourceIndexes } from '../../src/key-index/source-indexes.ts';
import { startSource, type RunningSource } from '../../src/services/start-source.ts';
import { readInto, type BootstrapEnd } from '../model/read-into.ts';
import { Folded, type Elements } from './folded.ts';
import { QuietClock } from './quiet-clock.ts';

const database = 'NetDefaultDB';
/** One a detection: append, latest with a column that says that a row is deleted, and reconcile alone. */
const tables = ['A', 'L', 'R'] as const;
export type Table = (typeof tables)[number];

interface StoredRecord {
  readonly checkpoint: { readonly entities: Readonly<Record<string, StoredEntity>> };
  readonly sessions: readonly unknown[];
}

interface StoredEntity {
  readonly cursor: string;
  readonly index?: { readonly bucketCount: number };
}

/** A source, its Kusto and a clock for both, on which hours pass as fast as their work is done. */
export class SourceDay implements AsyncDisposable {
  readonly clock = new QuietClock();
  readonly state = new MemoryStateStore();
  readonly folded = new Folded();
  /** Warnings and errors. */
  readonly complaints: string[] = [];
  #kusto: KustoLocal | undefined;
  #source: RunningSource | undefined;

  /** @param pollSeconds see POLL_INTERVAL */
  static async start(pollSeconds: number): Promise<SourceDay> {
    const day = new SourceDay();
    try {
      await day.#start(pollSeconds);
      return day;
    } catch (error) {
      await day[Symbol.asyncDispose]();
      throw error;
    }
  }

  async #start(pollSeconds: number): Promise<void> {
    const { clock, state, folded } = this;
    // What it remembers of queries is not the source's, and is full at once.
    const compiler = { compiler: createKqlCompiler({ cacheSize: 50 }), sqlPrelude };
    this.#kusto = await startKustoLocal({ now: () => clock.now(), compiler });
    for (const table of tables) await this.run(`.create table ${table} (k: long, v: long, gone: bool)`);
    await this.run('.alter-merge table R policy retention softdelete = 2h');
    const config = parseConfig('day', {
      KUSTO_URI: this.#kusto.url,
      KUSTO_DATABASE: database,
      POLL_INTERVAL: String(pollSeconds),
      ENTITIES: `
nodes:
  - { label: A, table: A, key: k, detection: append }
  - { label: L, table: L, key: k, detection: latest, deletedWhen: gone, reconcileInterval: 14400 }
  - { label: R, table: R, key: k, detection: reconcile, reconcileInterval: 3600 }
`,
    });
    const complain = (message: string, fields?: Record<string, unknown>): void => {
      this.complaints.push(`${message} ${JSON.stringify(fields ?? {})}`);
    };
    this.#source = await startSource(config, {
      publisher: {
        maxBatchBytes: 100_000,
        publish: async (changes) => folded.take(changes),
        close: async () => undefined,
      },
      state,
      logger: { debug() {}, info() {}, warn: complain, error: complain },
      env: {},
      port: 0,
      from: 'beginning',
      clock,
    });
    await this.#settled(this.#source.ready);
  }

  get status(): string {
    return this.#source?.status ?? 'none';
  }

  async run(text: string): Promise<readonly (readonly unknown[])[]> {
    assert.ok(this.#kusto);
    return (await this.#kusto.execute(database, text)).rows;
  }

  async ingest(table: Table, k: number, v: number, gone = false): Promise<void> {
    await this.#kusto?.ingest(database, table, `${k},${v},${gone}\n`);
  }

  async applyRetention(): Promise<void> {
    await this.#kusto?.applyRetention(database);
  }

  /** A bootstrap of everything, and what it had. The time stands still meanwhile. */
  async bootstrap(leaveAfter?: number): Promise<{ readonly end: BootstrapEnd; readonly elements: Elements }> {
    const elements = new Map<string, Readonly<Record<string, unknown>>>();
    const end = await readInto({
      proxyUrl: this.#source?.proxyUrl ?? '',
      nodeLabels: tables,
      relLabels: [],
      leaveAfter,
      isDead: () => false,
      onElement: (line) => {
        const { id, properties } = JSON.parse(line.toString()) as {
          id: string;
          properties: Record<string, unknown>;
        };
        elements.set(id, properties);
      },
    });
    return { end, elements };
  }

  /** What a query has to hold: the newest row of each key, unless it says that it is gone. */
  async wanted(): Promise<Elements> {
    const elements = new Map<string, Readonly<Record<string, unknown>>>();
    for (const table of tables)
      for (const [k, v, gone] of await this.run(`${table} | summarize arg_max(v, gone) by k`))
        if (table !== 'L' || gone !== true)
          elements.set(`${table}:${Number(k)}`, { k: Number(k), v: Number(v), gone });
    return elements;
  }

  async stored(): Promise<StoredRecord> {
    return (await this.state.get('drasi-source'))?.value as unknown as StoredRecord;
  }

  /** The cursor that stands for everything there is. */
  async cursor(): Promise<string> {
    return String((await this.run('print cursor_current()'))[0]?.[0]);
  }

  /** How many keys the index of an entity has. Only once the source is stopped: the index is taken from it. */
  async indexedKeys(table: Table): Promise<number> {
    const bucketCount = (await this.stored()).checkpoint.entities[table]?.index?.bucketCount ?? 0;
    const { keys } = await new SourceIndexes({ store: this.state }).open(table, {
      bucketCount,
      epoch: '',
      probe: '',
      bucketOf: () => Promise.reject(new Error('no key is to be placed')),
      mustExist: true,
    });
    let count = 0;
    for (let bucket = 0; bucket < keys.bucketCount; bucket += 1) count += (await keys.digest(bucket)).count;
    return count;
  }

  async stop(): Promise<void> {
    if (this.#source !== undefined) await this.#settled(this.#source.stop());
    this.#source = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#kusto?.close();
    this.clock[Symbol.dispose]();
  }

  async #settled(promise: Promise<unknown>): Promise<void> {
    let settled = false;
    const mark = (): void => void (settled = true);
    promise.then(mark, mark);
    await this.clock.until(() => settled, 'what the source does');
    await promise;
  }
}
