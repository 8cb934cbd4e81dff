import {
  FatalSourceError,
  type MemoryStateStore,
  SourceError,
  type ChangePublisher,
  type JsonValue,
  type StateStore,
  type StoredValue,
} from '@drasi-kusto/source-sdk';
import { Random } from './random.ts';
import type { CrashAt, CrashPoint } from './step.ts';

/** What outlives a process: its stored state, and what it has published. */
export interface Outside {
  readonly state: MemoryStateStore;
  /** Takes changes in wire form, in order. */
  readonly deliver: (changes: readonly Uint8Array[]) => void;
}

/**
 * One life of a source's process. Its store and its publisher are the only ways to the outside, so a crash is that both refuse
 * for ever, from the middle of any operation on: what the code does after that, nobody sees.
 */
export class ProcessLife {
  readonly store: StateStore;
  readonly publisher: ChangePublisher;
  /** Resolves with the crash. */
  readonly death: Promise<void>;
  readonly #outside: Outside;
  readonly #die: () => void;
  #dead = false;
  #left = Number.POSITIVE_INFINITY;
  #at: CrashAt = 'any';
  #point: CrashPoint = 'before';
  #flaky = 0;
  #random = new Random(0);

  constructor(outside: Outside) {
    this.#outside = outside;
    const death = Promise.withResolvers<void>();
    this.death = death.promise;
    this.#die = death.resolve;
    this.store = {
      // There is never a second process, and waiting for a lease to run out takes long.
      exclusive: true,
      get: (key) => this.#operate('store', () => outside.state.get(key)),
      set: (key, value, etag) => this.#operate('store', () => this.#set(key, value, etag)),
      delete: (key) => this.#operate('store', () => outside.state.delete(key)),
      close: () => Promise.resolve(),
    } satisfies StateStore;
    this.publisher = {
      maxBatchBytes: 4_000,
      publish: (changes) =>
        this.#operate(
          'publish',
          async () => outside.deliver(changes),
          () => outside.deliver(changes.slice(0, Math.ceil(changes.length / 2))),
        ),
      close: () => Promise.resolve(),
    };
  }

  get isDead(): boolean {
    return this.#dead;
  }

  /** @param operations the one at which it dies, counted from 1; 0 is now */
  crash(operations: number, at: CrashAt, point: CrashPoint): void {
    this.#at = at;
    this.#left = operations;
    this.#point = point;
    if (operations === 0) this.#kill();
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

  #kill(): void {
    this.#dead = true;
    this.#die();
  }

  async #set(key: string, value: JsonValue, etag: string | undefined): Promise<string> {
    return await this.#outside.state.set(key, value, etag);
  }

  /** @param half does a part of it */
  async #operate<T extends string | StoredValue | undefined | void>(
    kind: 'publish' | 'store',
    whole: () => Promise<T>,
    half: () => void = () => {},
  ): Promise<T> {
    // Operations take time: what runs beside them has a chance to come between.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#dead) throw killed();
    if (this.#at === 'any' || this.#at === kind) this.#left -= 1;
    if (this.#left <= 0) {
      this.#kill();
      if (this.#point === 'after') await whole();
      if (this.#point === 'between') half();
      throw killed();
    }
    if (this.#flaky > 0 && this.#random.chance(0.5)) {
      this.#flaky -= 1;
      const how = this.#random.below(3);
      if (how === 0) await whole();
      if (how === 1) half();
      throw new SourceError('MODEL_FAULT', 'no answer');
    }
    return await whole();
  }
}

function killed(): FatalSourceError {
  return new FatalSourceError('MODEL_CRASH', 'the process is dead');
}
