import type { ChangePublisher, JsonValue, MemoryStateStore, StateStore } from '@drasi-kusto/source-sdk';
import { parseConfig } from '../../src/config/config.ts';
import type { PropertyValues } from '../../src/config/properties.ts';
import { startSource, type RunningSource } from '../../src/services/start-source.ts';
import { MachineClock } from './machine-clock.ts';
import { ProcessLife } from './process-life.ts';
import type { LeaseRecord, MachineName, PublisherJudge } from './publisher-judge.ts';

/** What both machines share. */
export interface Shared {
  readonly properties: PropertyValues;
  readonly state: MemoryStateStore;
  readonly judge: PublisherJudge;
  /** Whether publishers make the last call. */
  readonly asksLast: boolean;
  /** Takes changes in wire form, in order. */
  readonly deliver: (changes: readonly Uint8Array[]) => void;
}

/** Which operations count until a process stands still. */
export type StandstillAt = 'publish' | 'store';

/**
 * One of two machines that run the same source. Its process can stand still (SIGSTOP): none of its operations begins or ends, its timers do
 * not fire, and when it goes on its clock shows the time that passed before any timer does. A message of a publish is whole only behind
 * the last call, so a publish that stands still before that can still be held back (rule R21).
 */
export class Machine {
  readonly name: MachineName;
  readonly clock: MachineClock;
  readonly #shared: Shared;
  #life: ProcessLife | undefined;
  #source: RunningSource | undefined;
  /** While it stands still. */
  #still: PromiseWithResolvers<void> | undefined;
  /** Time that it missed, milliseconds. */
  #missed = 0;
  #standstill: { readonly at: StandstillAt; left: number } | undefined;

  constructor(name: MachineName, aheadMs: number, shared: Shared) {
    this.name = name;
    this.clock = new MachineClock(aheadMs);
    this.#shared = shared;
  }

  get isStill(): boolean {
    return this.#still !== undefined;
  }

  get isRunning(): boolean {
    return this.#source !== undefined;
  }

  /** Of the process that runs. */
  get life(): ProcessLife | undefined {
    return this.#life;
  }

  get proxyUrl(): string | undefined {
    return this.#source?.proxyUrl;
  }

  /** Time passes; also for who does not notice. */
  pass(ms: number): void {
    if (this.#still === undefined) this.clock.pass(ms);
    else this.#missed += ms;
  }

  async start(): Promise<void> {
    if (this.#source !== undefined) return;
    const { state, deliver, judge, properties } = this.#shared;
    const { name } = this;
    const watched: StateStore = {
      get: (key) => state.get(key),
      set: async (key, value: JsonValue, etag) => {
        const next = await state.set(key, value, etag);
        if (key === 'drasi-source') judge.stored(name, value as unknown as LeaseRecord);
        else judge.storedPart(name);
        return next;
      },
      delete: (key) => state.delete(key),
      close: () => Promise.resolve(),
    };
    const life = new ProcessLife({
      state: watched,
      deliver: (changes) => {
        judge.published(name);
        deliver(changes);
      },
    });
    const source = await startSource(parseConfig('model', properties), {
      publisher: this.#publisherOf(life),
      state: this.#storeOf(life),
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      env: {},
      port: 0,
      from: 'beginning',
      clock: this.clock,
      dispatcher: life.kusto.dispatcher,
    });
    this.#life = life;
    this.#source = source;
    const ended = async (error: unknown): Promise<void> => {
      if (life.isDead) return;
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      judge.ended(name, code, error instanceof Error ? error.message : String(error));
      this.#forget();
      await life.kusto.close();
    };
    source.done.catch(ended);
  }

  /** It stands still at its n-th operation of this kind; with 0 now. */
  standStill(at: StandstillAt, operations: number): void {
    if (this.#source === undefined || this.#still !== undefined) return;
    if (operations === 0) this.#still = Promise.withResolvers();
    else this.#standstill = { at, left: operations };
  }

  goOn(): void {
    this.#standstill = undefined;
    this.clock.miss(this.#missed);
    this.#missed = 0;
    this.#still?.resolve();
    this.#still = undefined;
  }

  /** SIGKILL. @returns resolves when nothing is left of it, for which time has to pass */
  async kill(): Promise<void> {
    const [life, source] = [this.#life, this.#source];
    if (life === undefined || source === undefined) return;
    life.kill();
    this.#shared.judge.gone(this.name);
    this.#forget();
    await source.stop();
    await life.kusto.close();
  }

  /** SIGTERM, which a process that stands still does not see. @returns resolves with its end, for which time has to pass */
  async end(): Promise<void> {
    const [life, source] = [this.#life, this.#source];
    if (life === undefined || source === undefined || this.isStill) return;
    this.#standstill = undefined;
    await source.stop();
    if (this.#source !== source) return;
    this.#shared.judge.gone(this.name);
    this.#forget();
    await life.kusto.close();
  }

  #forget(): void {
    this.goOn();
    this.#life = undefined;
    this.#source = undefined;
  }

  #storeOf({ store }: ProcessLife): StateStore {
    const whole = async <T>(operation: () => Promise<T>): Promise<T> => {
      await this.#moment('store');
      const result = await operation();
      await this.#still?.promise;
      return result;
    };
    return {
      exclusive: false,
      get: (key) => whole(() => store.get(key)),
      set: (key, value, etag) => whole(() => store.set(key, value, etag)),
      delete: (key) => whole(() => store.delete(key)),
      close: () => Promise.resolve(),
    };
  }

  #publisherOf({ publisher }: ProcessLife): ChangePublisher {
    return {
      maxBatchBytes: publisher.maxBatchBytes,
      publish: async (changes, signal, lastCall) => {
        await this.#moment('publish');
        if (this.#shared.asksLast) lastCall?.();
        await publisher.publish(changes, signal);
        await this.#still?.promise;
      },
      close: () => Promise.resolve(),
    };
  }

  /** Where a process can come to stand. */
  async #moment(at: StandstillAt): Promise<void> {
    const planned = this.#standstill;
    if (planned?.at === at) {
      planned.left -= 1;
      if (planned.left <= 0) {
        this.#standstill = undefined;
        this.#still ??= Promise.withResolvers();
      }
    }
    await this.#still?.promise;
  }
}
