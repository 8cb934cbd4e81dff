import {
  SourceError,
  type JsonValue,
  type MemoryStateStore,
  type StateStore,
  type StoredValue,
} from '@drasi-kusto/source-sdk';
import { Random } from '../model/random.ts';

/** What a state store does wrong, each with its probability. */
export interface StoreTroubles {
  /** The request fails and is not done. */
  readonly refused?: number;
  /** The request is done, and its answer is lost. */
  readonly unanswered?: number;
  /** A write is refused as if someone else had written, and the value is the one that was there. */
  readonly conflict?: number;
  /** A read gives the version before the newest one. */
  readonly stale?: number;
  /** A read gives half of a value, as text. */
  readonly partial?: number;
}

/** A state store that goes wrong by a seeded choice. What is stored is in `inside`. */
export class TroubledStore implements StateStore {
  readonly exclusive = true;
  readonly inside: MemoryStateStore;
  troubles: StoreTroubles = {};
  /** How often each trouble happened. */
  readonly happened = new Map<keyof StoreTroubles, number>();
  #random: Random;
  readonly #before = new Map<string, StoredValue>();

  constructor(inside: MemoryStateStore, seed: number) {
    this.inside = inside;
    this.#random = new Random(seed);
  }

  /** From here on by the choices of this seed. */
  begin(troubles: StoreTroubles, seed: number): void {
    this.troubles = troubles;
    this.#random = new Random(seed);
  }

  async get(key: string): Promise<StoredValue | undefined> {
    if (this.#happens('refused')) throw noAnswer();
    const stored = await this.inside.get(key);
    const before = this.#before.get(key);
    if (before !== undefined && this.#happens('stale')) return before;
    if (stored !== undefined && this.#happens('partial')) {
      const text = JSON.stringify(stored.value);
      return { ...stored, value: text.slice(0, text.length / 2) };
    }
    if (this.#happens('unanswered')) throw noAnswer();
    return stored;
  }

  async set(key: string, value: JsonValue, etag: string | undefined): Promise<string> {
    if (this.#happens('refused')) throw noAnswer();
    if (this.#happens('conflict')) return await this.inside.set(key, value, 'of another');
    const before = await this.inside.get(key);
    const next = await this.inside.set(key, value, etag);
    if (before !== undefined) this.#before.set(key, before);
    if (this.#happens('unanswered')) throw noAnswer();
    return next;
  }

  async delete(key: string): Promise<void> {
    if (this.#happens('refused')) throw noAnswer();
    await this.inside.delete(key);
    this.#before.delete(key);
    if (this.#happens('unanswered')) throw noAnswer();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #happens(trouble: keyof StoreTroubles): boolean {
    const chance = this.troubles[trouble] ?? 0;
    if (chance === 0 || !this.#random.chance(chance)) return false;
    this.happened.set(trouble, (this.happened.get(trouble) ?? 0) + 1);
    return true;
  }
}

const noAnswer = (): SourceError => new SourceError('STATE_UNAVAILABLE', 'the state store does not answer');
