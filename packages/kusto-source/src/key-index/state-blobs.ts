import { isDeepStrictEqual } from 'node:util';
import { randomUUID } from 'node:crypto';
import {
  Backoff,
  ErrorCode,
  FatalSourceError,
  StateConflictError,
  isFatal,
  type Clock,
  type JsonValue,
  type Random,
  type StateStore,
} from '@drasi-kusto/source-sdk';

export const BLOB_FORMAT = 1;

/** A stored JSON object of this version, its format checked. */
export interface Blob {
  readonly value: { readonly [key: string]: JsonValue };
  readonly etag: string;
}

export interface StateBlobsOptions {
  readonly store: StateStore;
  readonly clock: Clock;
  readonly random: Random;
  /** How often a request is made before a fault that may pass is an error. Default 5. */
  readonly attempts?: number;
}

/** State that is written by one process only: a write names the version it replaces, is repeated, and knows its own traces. */
export class StateBlobs {
  readonly #store: StateStore;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #attempts: number;
  readonly #writer = randomUUID();
  #writes = 0;

  constructor(options: StateBlobsOptions) {
    this.#store = options.store;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#attempts = options.attempts ?? 5;
  }

  /** @throws FatalSourceError STATE_TOO_NEW, STATE_CORRUPT */
  async read(key: string): Promise<Blob | undefined> {
    const stored = await this.#repeat(() => this.#store.get(key));
    if (stored === undefined) return undefined;
    const { value, etag } = stored;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw corrupt(key);
    const blob = value as { readonly [key: string]: JsonValue };
    const format = blob['format'];
    if (typeof format === 'number' && format > BLOB_FORMAT)
      throw new FatalSourceError(
        ErrorCode.StateTooNew,
        `"${key}" has format ${format}, this version knows ${BLOB_FORMAT}: run the newer version, or deprovision the source`,
      );
    if (format !== BLOB_FORMAT) throw corrupt(key);
    return { value: blob, etag };
  }

  /**
   * Resolves to the ETag once it is durable. `etag` undefined: the key must not exist.
   * @throws FatalSourceError ANOTHER_REACTIVATOR when what is stored is neither that version nor this write
   */
  async write(
    key: string,
    content: { readonly [key: string]: JsonValue },
    etag: string | undefined,
  ): Promise<string> {
    this.#writes += 1;
    // The last part makes every write tell itself from every other.
    const value = { format: BLOB_FORMAT, ...content, by: `${this.#writer}/${this.#writes}` };
    return this.#repeat(async () => {
      try {
        return await this.#store.set(key, value, etag);
      } catch (error) {
        if (!(error instanceof StateConflictError)) throw error;
        const stored = await this.#store.get(key);
        // Written, and only the answer was lost.
        if (stored !== undefined && isDeepStrictEqual(stored.value, value)) return stored.etag;
        throw new FatalSourceError(
          ErrorCode.AnotherReactivator,
          `"${key}" was written by another process: run only one reactivator of this source`,
          { cause: error },
        );
      }
    });
  }

  async delete(key: string): Promise<void> {
    await this.#repeat(() => this.#store.delete(key));
  }

  async #repeat<T>(action: () => Promise<T>): Promise<T> {
    const backoff = new Backoff(this.#random, { initialMs: 100, maxMs: 5_000 });
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (isFatal(error) || attempt >= this.#attempts) throw error;
      }
      await this.#clock.sleep(backoff.next());
    }
  }
}

export function corrupt(key: string, cause?: unknown): FatalSourceError {
  return new FatalSourceError(
    ErrorCode.StateCorrupt,
    `what is stored as "${key}" is not what this program writes: restore the state store, or deprovision the source and create it again`,
    { cause },
  );
}

/** @throws FatalSourceError STATE_CORRUPT */
export function bytesOf(key: string, value: JsonValue | undefined): Buffer {
  if (typeof value !== 'string') throw corrupt(key);
  return Buffer.from(value, 'base64');
}

/** Something that was stored is gone (rule R23). */
export function gap(key: string): FatalSourceError {
  return new FatalSourceError(
    'GAP',
    `"${key}" is missing from the state store although it was written: which keys readers may hold is no longer known, so ` +
      'that deletes could be missed. Restore the state store, or delete the source (which deprovisions it) and create it again',
  );
}
