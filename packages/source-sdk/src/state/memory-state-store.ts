import type { StateStore, StoredValue } from '../contracts.ts';
import type { JsonValue } from '../elements.ts';
import { StateConflictError } from '../errors.ts';

interface Entry {
  readonly text: string;
  readonly etag: string;
}

/** State that ends with the process. Values go through JSON text, so that what cannot be stored elsewhere shows up here too. */
export class MemoryStateStore implements StateStore {
  readonly exclusive: boolean = true;
  readonly #entries = new Map<string, Entry>();
  #writes = 0;

  get(key: string): Promise<StoredValue | undefined> {
    const entry = this.#entries.get(key);
    return Promise.resolve(entry && { value: JSON.parse(entry.text) as JsonValue, etag: entry.etag });
  }

  async set(key: string, value: JsonValue, etag: string | undefined): Promise<string> {
    if (this.#entries.get(key)?.etag !== etag) throw new StateConflictError(key);
    this.#writes += 1;
    const next = String(this.#writes);
    this.#entries.set(key, { text: JSON.stringify(value), etag: next });
    return next;
  }

  async delete(key: string): Promise<void> {
    this.#entries.delete(key);
  }

  /** The keys that exist, sorted. */
  keys(): readonly string[] {
    return [...this.#entries.keys()].sort();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
