import { FatalSourceError, type MemoryStateStore } from '@drasi-kusto/source-sdk';
import type { JsonValue, StateStore, StoredValue } from '@drasi-kusto/source-sdk';

/** A store whose process dies at its n-th request: nothing works afterwards. What is stored stays in `inside`. */
export class CrashingStore implements StateStore {
  readonly inside: MemoryStateStore;
  /** Requests until the crash. */
  left: number;
  readonly #applied: boolean;

  /** @param applied whether the request at which it dies is done all the same */
  constructor(inside: MemoryStateStore, left = Number.POSITIVE_INFINITY, applied = false) {
    this.inside = inside;
    this.left = left;
    this.#applied = applied;
  }

  get(key: string): Promise<StoredValue | undefined> {
    return this.#request(() => this.inside.get(key));
  }

  set(key: string, value: JsonValue, etag: string | undefined): Promise<string> {
    const bytes = Buffer.byteLength(JSON.stringify(value));
    if (bytes >= 1_000_000) throw new Error(`a value of ${bytes} bytes`);
    return this.#request(() => this.inside.set(key, value, etag));
  }

  delete(key: string): Promise<void> {
    return this.#request(() => this.inside.delete(key));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async #request<T>(action: () => Promise<T>): Promise<T> {
    this.left -= 1;
    if (this.left > 0) return action();
    if (this.left === 0 && this.#applied) await action();
    throw new FatalSourceError('CRASH', 'the process is dead');
  }
}
