import type { JsonValue, StateStore } from '@drasi-kusto/source-sdk';
import { FatalSourceError, MemoryStateStore } from '@drasi-kusto/source-sdk';
import type { KustoLocal } from 'kusto-local';
import { parseConfig } from '../../src/config/config.ts';
import type { PropertyValues } from '../../src/config/properties.ts';
import { startSource, type RunningSource } from '../../src/services/start-source.ts';
import { TroubledStore } from '../hours/troubled-store.ts';
import type { Invariants } from './invariants/invariant.ts';
import { ModelClock } from './model-clock.ts';
import { database } from './model-table.ts';
import { ProcessLife, type Outside } from './process-life.ts';
import type { Profile } from './profile.ts';
import { mayEndBy, troublesOf, type StoreTrouble } from './store-trouble.ts';
import type { Plan } from './step.ts';

/** The most real time that anything the source is to do may take, milliseconds: a machine may be busy. */
const patienceMs = 40_000;

export interface StoredRecord {
  readonly checkpoint?: { readonly entities: Readonly<Record<string, StoredEntity>> };
  readonly sessions: readonly unknown[];
}

/** What is stored of an entity, as far as it tells how far its feed is. */
export interface StoredEntity {
  readonly cursor: string;
  readonly origin?: { readonly tableId?: string; readonly policyOff?: boolean };
  readonly detection?: string;
  readonly schema?: {
    readonly columns: readonly (readonly [name: string, type: string])[];
    readonly republish?: boolean;
  };
  /** When the last complete scan ended, by the source's clock. */
  readonly scannedAt?: number;
}

/** What a source publishes to, and who judges what can be seen of it. */
export interface Topic extends Pick<Outside, 'deliver' | 'tally'> {
  readonly invariants: Pick<Invariants, 'take'>;
}

/** Who sees what the source of a plan stores, and how it ends. */
export interface SourceWatch {
  started(properties: PropertyValues): void;
  /** The record is about to be stored. Must not throw. */
  stored(record: StoredRecord): void;
  /** @returns properties to start it again with, beside its own; undefined where it never should have ended so */
  ended(code: string, message: string): Promise<PropertyValues | undefined>;
}

/** A store, and who looks at what it holds. */
class WatchedStore extends MemoryStateStore {
  readonly #watch: SourceWatch;

  constructor(watch: SourceWatch) {
    super();
    this.#watch = watch;
  }

  override async set(key: string, value: JsonValue, etag: string | undefined): Promise<string> {
    const next = await super.set(key, value, etag);
    if (key === 'drasi-source') this.#watch.stored(value as unknown as StoredRecord);
    return next;
  }
}

/** The source of a plan, started again after each crash. Its time is the {@link ModelClock}'s. */
export class SourceRunner {
  readonly clock = new ModelClock();
  readonly #state: MemoryStateStore;
  readonly #store: TroubledStore;
  #trouble: StoreTrouble | undefined;
  /** The store had these in this life of the process: what was read then may end it a moment later. */
  #suffered = new Set<StoreTrouble>();
  readonly #properties: PropertyValues;
  /** What a person set since. */
  #more: PropertyValues = {};
  readonly #watch: SourceWatch;
  readonly #from: Plan['from'];
  readonly #topic: Topic;
  #lives = 0;
  /** It was told to end, and gave up what was in flight. */
  #late = false;
  #life: ProcessLife;
  #source: RunningSource | undefined;
  #failure: Error | undefined;
  #lastWords: readonly string[] = [];

  constructor(
    kusto: KustoLocal,
    profile: Profile,
    table: string,
    from: Plan['from'],
    topic: Topic,
    watch: SourceWatch,
  ) {
    const properties = profile.properties(table);
    this.#watch = watch;
    this.#state = new WatchedStore(watch);
    this.#store = new TroubledStore(this.#state, 0);
    this.#properties = {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: database,
      POLL_INTERVAL: '1',
      ...('ENTITIES' in properties ? {} : { KUSTO_TABLE: table }),
      ...properties,
    };
    this.#from = from;
    this.#topic = topic;
    this.#life = this.#nextLife();
  }

  get life(): ProcessLife {
    return this.#life;
  }

  get proxyUrl(): string {
    const url = this.#source?.proxyUrl;
    if (url === undefined) throw new Error('the source does not run');
    return url;
  }

  async start(): Promise<void> {
    const { store: state, publisher, kusto } = this.#life;
    const { clock } = this;
    const properties = { ...this.#properties, ...this.#more };
    this.#suffered = new Set(this.#trouble === undefined ? [] : [this.#trouble]);
    this.#watch.started(properties);
    this.#source = await startSource(parseConfig('model', properties), {
      publisher,
      state: state satisfies StateStore,
      logger: this.#logger(),
      env: {},
      port: 0,
      from: this.#from,
      clock,
      dispatcher: kusto.dispatcher,
    });
    const life = this.#life;
    this.#source.done.catch((error: unknown) => {
      if (life.isDead) return;
      if (isExit(error)) life.kill();
      else if (error instanceof Error && mayEndBy(this.#suffered, error)) {
        // Whoever is told so sees to the store.
        this.storeTrouble(undefined);
        life.kill();
      } else this.#failure = error instanceof Error ? error : new Error('no error at all');
    });
  }

  /** What the state store does wrong from here on, if anything. */
  storeTrouble(trouble: StoreTrouble | undefined, seed = 0): void {
    this.#trouble = trouble;
    if (trouble !== undefined) this.#suffered.add(trouble);
    this.#store.begin(trouble === undefined ? {} : troublesOf(trouble), seed);
  }

  /** After a crash the process is started again. @throws Error when it ended by itself, which it never should */
  async revive(): Promise<void> {
    if (this.#failure !== undefined) this.#more = await this.#ended(this.#failure);
    else if (!this.#life.isDead) return;
    this.#failure = undefined;
    // Nothing it does on its way out is seen; an idle one would not even notice.
    await this.stop();
    this.#life = this.#nextLife();
    await this.start();
  }

  /** @throws Error when the source should not have ended so */
  async #ended(failure: Error): Promise<PropertyValues> {
    const code = 'code' in failure ? String(failure.code) : '';
    const more = await this.#watch.ended(code, failure.message);
    if (more === undefined)
      throw new Error(`the source ended by itself: ${failure.message}; ${this.#lastWords.join(' | ')}`);
    return more;
  }

  /** With its own properties. */
  async restart(): Promise<void> {
    this.#more = {};
    await this.stop();
    this.#life = this.#nextLife();
    await this.start();
  }

  async stop(): Promise<void> {
    await this.#pumpUntilSettled(this.#source?.stop());
    if (this.#source !== undefined && !this.#life.isDead && this.#failure === undefined && !this.#late)
      this.#topic.invariants.take(
        { what: 'life ends cleanly', checkpoint: (await this.#record())?.checkpoint },
        this.#lives,
      );
    await this.#life.kusto.close();
  }

  /** Moves the time on until the condition holds. It is asked after each tick. */
  async pump(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!(await condition())) {
      await this.revive();
      await this.clock.tick();
      if (Date.now() > deadline)
        throw new Error(`${what} did not come within ${patienceMs / 1000} s; ${this.#lastWords.join(' | ')}`);
    }
  }

  /** What is stored of each entity, and how many bootstraps are open or wait for their repair. */
  async stored(): Promise<{ readonly entities: readonly StoredEntity[]; readonly sessions: number }> {
    const record = await this.#record();
    return {
      entities: Object.values(record?.checkpoint?.entities ?? {}),
      sessions: record?.sessions.length ?? 0,
    };
  }

  async #record(): Promise<StoredRecord | undefined> {
    return (await this.#state.get('drasi-source'))?.value as unknown as StoredRecord | undefined;
  }

  #nextLife(): ProcessLife {
    this.#lives += 1;
    this.#late = false;
    const life = this.#lives;
    const { invariants, ...topic } = this.#topic;
    invariants.take({ what: 'life begins' }, life);
    return new ProcessLife({
      ...topic,
      state: this.#store,
      watch: (event) => {
        invariants.take(event, life);
      },
    });
  }

  async #pumpUntilSettled(promise: Promise<unknown> | undefined): Promise<void> {
    if (promise === undefined) return;
    const settled = new AbortController();
    const done = promise.finally(() => settled.abort());
    const deadline = Date.now() + patienceMs;
    while (!settled.signal.aborted) {
      await this.clock.tick();
      if (Date.now() > deadline) throw new Error('the source does not end');
    }
    await done;
  }

  /** What went wrong last, for the message of a failure. */
  #logger() {
    const keep = (message: string, fields?: Record<string, unknown>): void => {
      if (message.startsWith('the batch in flight was not finished in time')) this.#late = true;
      this.#lastWords = [...this.#lastWords.slice(-7), `${message} ${JSON.stringify(fields ?? {})}`];
    };
    return { debug() {}, info() {}, warn: keep, error: keep };
  }
}

/** An answer that is none ends the process, and the platform starts it again: to the readers that is a crash. */
function isExit(error: unknown): boolean {
  return error instanceof FatalSourceError && error.code === 'KUSTO_PROTOCOL';
}
