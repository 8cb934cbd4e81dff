import {
  FatalSourceError,
  SourceError,
  type ChangePublisher,
  type JsonValue,
  type StateStore,
  type StoredValue,
} from '@drasi-kusto/source-sdk';
import { CrashTally, PlannedDeath, type CrashPoint } from './crash-points.ts';
import type { RunEvent, StoredCheckpoint } from './invariants/invariant.ts';
import type { KustoRequest, RequestKind } from './kusto-request.ts';
import { LifeDispatcher } from './life-dispatcher.ts';
import { Random } from './random.ts';
import { isWhole } from './whole-answer.ts';

/** What outlives a process: its stored state, and what it has published. */
export interface Outside {
  readonly state: StateStore;
  /** Takes changes in wire form, in order. */
  readonly deliver: (changes: readonly Uint8Array[]) => void;
  /** Where deaths are counted. */
  readonly tally?: CrashTally | undefined;
  /** Is told what can be seen of the process from outside. Must not throw. */
  readonly watch?: ((event: RunEvent) => void) | undefined;
}

/** Under this key the reactivator keeps its checkpoint. */
const recordKey = 'drasi-source';

/**
 * One life of a source's process. Its store, its publisher and its connections to Kusto are the only ways to the outside, so a crash is that
 * all of them refuse for ever, from the middle of any operation on: what the code does after that, nobody sees.
 */
export class ProcessLife {
  readonly store: StateStore;
  readonly publisher: ChangePublisher;
  readonly kusto: LifeDispatcher;
  /** Resolves with the crash. */
  readonly death: Promise<void>;
  readonly #outside: Outside;
  readonly #die: () => void;
  readonly #planned: PlannedDeath;
  #dead = false;
  #flaky = 0;
  #random = new Random(0);
  /** As last seen in the store, as text. */
  #checkpoint: string | undefined;
  /** Something was published since. */
  #published = false;

  constructor(outside: Outside) {
    this.#outside = outside;
    this.#planned = new PlannedDeath(outside.tally ?? new CrashTally());
    const death = Promise.withResolvers<void>();
    this.death = death.promise;
    this.#die = death.resolve;
    this.store = {
      // There is never a second process, and waiting for a lease to run out takes long.
      exclusive: true,
      get: (key) => this.#get(key),
      set: (key, value, etag) => this.#set(key, value, etag),
      delete: (key) => this.#access(() => outside.state.delete(key)),
      close: () => Promise.resolve(),
    } satisfies StateStore;
    this.publisher = {
      maxBatchBytes: 4_000,
      publish: (changes) => this.#publish(changes),
      close: () => Promise.resolve(),
    };
    this.kusto = new LifeDispatcher({
      begins: (request) => {
        this.#reach(beforeAnswer[request.kind], request);
        this.#tell({ what: 'request begins', request });
      },
      midway: (request) => {
        this.#reach(inAnswer[request.kind], request);
      },
      ends: (request, answer) => {
        if (this.#dead) throw killed();
        this.#tell({ what: 'request ends', request, whole: answer !== undefined && isWhole(answer) });
        if (answer !== undefined) this.#reach(behindAnswer[request.kind], request);
      },
    });
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** @param nth the time it comes there, counted from 1 and from now */
  crash(at: CrashPoint, nth: number): void {
    this.#planned.plan(at, nth);
  }

  /** Dies now, wherever it is. */
  kill(): void {
    this.#dead = true;
    this.#die();
  }

  /** From here on, so many operations fail in one way or another. */
  troubled(operations: number, seed: number): void {
    this.#flaky = operations;
    this.#random = new Random(seed);
  }

  /** No more faults but death. */
  calm(): void {
    this.#flaky = 0;
  }

  #tell(event: RunEvent): void {
    this.#outside.watch?.(event);
  }

  async #publish(changes: readonly Uint8Array[]): Promise<void> {
    await this.#turn();
    const { deliver } = this.#outside;
    const half = changes.slice(0, Math.ceil(changes.length / 2));
    this.#reach('before publish');
    const { maxBatchBytes } = this.publisher;
    this.#tell({ what: 'publish begins', changes, maxBatchBytes });
    if (this.#planned.reached('mid publish')) {
      deliver(half);
      throw this.#killed();
    }
    const fault = this.#fault();
    if (fault === 'done') deliver(changes);
    if (fault === 'half') deliver(half);
    if (fault !== undefined) {
      this.#tell({ what: 'publish in doubt' });
      throw noAnswer();
    }
    deliver(changes);
    this.#published = true;
    this.#reach('after publish');
    this.#tell({ what: 'publish acknowledged' });
  }

  async #get(key: string): Promise<StoredValue | undefined> {
    const stored = await this.#access(() => this.#outside.state.get(key));
    if (key === recordKey) this.#checkpoint = checkpointText(stored?.value);
    return stored;
  }

  async #set(key: string, value: JsonValue, etag: string | undefined): Promise<string> {
    const { state } = this.#outside;
    const checkpoint = key === recordKey ? checkpointText(value) : undefined;
    if (checkpoint === undefined || checkpoint === this.#checkpoint)
      return await this.#access(() => state.set(key, value, etag));
    await this.#turn();
    if (this.#published) this.#reach('after all publishes');
    this.#reach('before checkpoint');
    this.#tell({ what: 'checkpoint begins', checkpoint: JSON.parse(checkpoint) as StoredCheckpoint });
    const next = await this.#faulty(() => state.set(key, value, etag)).finally(() => {
      this.#tell({ what: 'checkpoint ends' });
    });
    this.#checkpoint = checkpoint;
    this.#published = false;
    this.#reach('after checkpoint');
    return next;
  }

  /** Any other operation of the store. */
  async #access<T extends string | StoredValue | undefined | void>(whole: () => Promise<T>): Promise<T> {
    await this.#turn();
    this.#reach('before store');
    const result = await this.#faulty(whole);
    this.#reach('after store');
    return result;
  }

  async #faulty<T>(whole: () => Promise<T>): Promise<T> {
    const fault = this.#fault();
    if (fault === 'done') await whole();
    if (fault !== undefined) throw noAnswer();
    const result = await whole();
    if (this.#dead) throw killed();
    return result;
  }

  #fault(): 'not done' | 'half' | 'done' | undefined {
    if (this.#flaky === 0 || !this.#random.chance(0.5)) return undefined;
    this.#flaky -= 1;
    return this.#random.pick(['not done', 'half', 'done']);
  }

  /** Operations take time: what runs beside them has a chance to come between. */
  async #turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#dead) throw killed();
  }

  #reach(point: CrashPoint | undefined, of?: KustoRequest): void {
    if (this.#dead) throw killed();
    if (point === undefined) return;
    if (point === 'mid snapshot' && of?.service !== 'bootstrap') return;
    if (this.#planned.reached(point)) throw this.#killed();
  }

  #killed(): FatalSourceError {
    this.kill();
    return killed();
  }
}

type OfAnswers = Readonly<Partial<Record<RequestKind, CrashPoint>>>;
const beforeAnswer: OfAnswers = { 'window rows': 'before query' };
const behindAnswer: OfAnswers = { 'window rows': 'after rows' };
const inAnswer: OfAnswers = {
  'window rows': 'mid rows',
  digest: 'mid digest',
  hashes: 'mid hashes',
  'scan rows': 'mid scan rows',
  're-check': 'mid re-check',
  'snapshot rows': 'mid snapshot',
};

function checkpointText(record: JsonValue | undefined): string | undefined {
  if (typeof record !== 'object' || record === null || !('checkpoint' in record)) return undefined;
  return JSON.stringify(record['checkpoint']);
}

const killed = (): FatalSourceError => new FatalSourceError('MODEL_CRASH', 'the process is dead');

const noAnswer = (): SourceError => new SourceError('MODEL_FAULT', 'no answer');
