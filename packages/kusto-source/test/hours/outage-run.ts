import assert from 'node:assert/strict';
import { MemoryStateStore, SourceError } from '@drasi-kusto/source-sdk';
import type { KustoLocal } from 'kusto-local';
import { parseConfig } from '../../src/config/config.ts';
import { startSource, type RunningSource } from '../../src/services/start-source.ts';
import { FlakyRelay } from './flaky-relay.ts';
import { Folded, type Elements } from './folded.ts';
import { QuietClock } from './quiet-clock.ts';
import { TroubledStore } from './troubled-store.ts';

const database = 'NetDefaultDB';
let runs = 0;

/** A source of three entities, one a detection, whose neighbours fail on request. Its time is simulated; that of its Kusto is not. */
export class OutageRun implements AsyncDisposable {
  readonly clock = new QuietClock();
  readonly folded = new Folded();
  readonly store: TroubledStore;
  /** Warnings and errors. */
  readonly lines: string[] = [];
  /** What the receiver does with a publish. */
  receiver: 'takes' | 'fails' | 'takes and does not say so' = 'takes';
  publishes = 0;
  relay: FlakyRelay | undefined;
  readonly kusto: KustoLocal;
  /** Why the feed ended by itself. */
  failure: unknown;
  readonly #tables: readonly string[];
  #source: RunningSource | undefined;

  private constructor(kusto: KustoLocal, seed: number) {
    this.kusto = kusto;
    this.store = new TroubledStore(new MemoryStateStore(), seed);
    runs += 1;
    this.#tables = ['A', 'L', 'R'].map((name) => `${name}${runs}`);
  }

  static async start(kusto: KustoLocal, seed = 1): Promise<OutageRun> {
    const run = new OutageRun(kusto, seed);
    run.relay = await FlakyRelay.start(kusto.port);
    for (const table of run.#tables)
      await run.#execute(`.create table ${table} (k: long, v: long, gone: bool)`);
    for (let k = 0; k < 10; k += 1) await run.change(k, 0);
    await run.begin();
    await run.caughtUp();
    return run;
  }

  get status(): string {
    return this.#source?.status ?? 'none';
  }

  /** Starts the process, also again after {@link end}. */
  async begin(): Promise<void> {
    const { clock, folded } = this;
    const [append = '', latest = '', reconcile = ''] = this.#tables;
    const config = parseConfig('outages', {
      KUSTO_URI: this.relay?.url ?? '',
      KUSTO_DATABASE: database,
      POLL_INTERVAL: '10',
      ENTITIES: `
nodes:
  - { label: ${append}, table: ${append}, key: k, detection: append }
  - { label: ${latest}, table: ${latest}, key: k, detection: latest, deletedWhen: gone }
  - { label: ${reconcile}, table: ${reconcile}, key: k, detection: reconcile, reconcileInterval: 30 }
`,
    });
    const tell = (message: string, fields?: Record<string, unknown>): void => {
      this.lines.push(`${message} ${JSON.stringify(fields ?? {})}`);
    };
    this.failure = undefined;
    this.#source = await startSource(config, {
      publisher: {
        maxBatchBytes: 100_000,
        publish: async (changes) => {
          this.publishes += 1;
          if (this.receiver !== 'fails') folded.take(changes);
          if (this.receiver !== 'takes') throw new SourceError('PUBLISH_FAILED', 'no acknowledgement');
        },
        close: async () => undefined,
      },
      state: this.store,
      logger: { debug() {}, info() {}, warn: tell, error: tell },
      env: {},
      from: 'beginning',
      clock,
    });
    this.#source.done.catch((error: unknown) => (this.failure = error));
  }

  /** A new state of a key in every table. In one of them every third such state says that it is gone. */
  async change(k: number, v: number): Promise<void> {
    for (const table of this.#tables) await this.kusto.ingest(database, table, `${k},${v},${v % 3 === 2}\n`);
  }

  /** A row that goes without a trace: only scans see that. */
  async vanish(k: number): Promise<void> {
    const table = this.#tables[2] ?? '';
    await this.#execute(`.delete table ${table} records <| ${table} | where k == ${k}`);
  }

  /** Lets the time pass until what is published is what the queries return. @throws AssertionError with the differences */
  async caughtUp(): Promise<void> {
    const wanted = await this.#wanted();
    const holds = (): boolean => this.failure !== undefined || this.folded.differences(wanted).length === 0;
    await this.clock.until(holds, 'what the queries return', 300_000).catch(() => undefined);
    assert.equal(this.failure, undefined);
    this.folded.assertHolds(wanted);
  }

  async end(): Promise<void> {
    if (this.#source === undefined) return;
    let ended = false;
    const stopping = this.#source.stop().then(() => (ended = true));
    await this.clock.until(() => ended, 'the end');
    await stopping;
    this.#source = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // With neighbours that are out of order it would end, but not soon.
    this.store.troubles = {};
    this.receiver = 'takes';
    this.kusto.setFaults([]);
    await this.end();
    await this.relay?.[Symbol.asyncDispose]();
    this.clock[Symbol.dispose]();
    await this.#execute(`.drop tables (${this.#tables.join(', ')}) ifexists`);
  }

  async #wanted(): Promise<Elements> {
    const elements = new Map<string, Readonly<Record<string, unknown>>>();
    for (const table of this.#tables) {
      const rows = await this.#execute(`${table} | summarize arg_max(v, gone) by k`);
      for (const [k, v, gone] of rows)
        if (!table.startsWith('L') || gone !== true)
          elements.set(`${table}:${Number(k)}`, { k: Number(k), v: Number(v), gone });
    }
    return elements;
  }

  async #execute(text: string): Promise<readonly (readonly unknown[])[]> {
    return (await this.kusto.execute(database, text)).rows;
  }
}
