import { isDeepStrictEqual } from 'node:util';
import type { StateStore, StoredValue } from '../contracts.ts';
import { DaprSidecar, excerpt } from '../dapr/sidecar.ts';
import type { DaprOptions, DaprResponse } from '../dapr/sidecar.ts';
import type { JsonValue } from '../elements.ts';
import { ErrorCode, FatalSourceError, SourceError, StateConflictError } from '../errors.ts';

export interface DaprStateStoreOptions extends DaprOptions {
  /** The state component. Default drasi-state. */
  readonly storeName?: string;
}

// First write wins, and a read sees every write before it. https://docs.dapr.io/reference/api/state_api/
const OPTIONS = { concurrency: 'first-write', consistency: 'strong' } as const;

/** What a later attempt may be spared: time-outs, write failures that Dapr calls mismatches, throttling. */
const passing: ReadonlySet<number> = new Set([408, 409, 429]);

/**
 * State in a Dapr component: `GET`, `POST` and `DELETE` on `/v1.0/state/{store}`. Dapr prefixes keys with the app id, so
 * the two services of a source do not see each other's. A write does not answer with its ETag: it is read back, and counts
 * as ours only when the value is the one written, hence values must differ from write to write.
 */
export class DaprStateStore implements StateStore {
  readonly #sidecar: DaprSidecar;
  readonly #store: string;
  readonly #path: string;

  constructor(options: DaprStateStoreOptions = {}) {
    this.#store = options.storeName ?? 'drasi-state';
    this.#path = `/v1.0/state/${encodeURIComponent(this.#store)}`;
    this.#sidecar = new DaprSidecar(options);
  }

  async get(key: string): Promise<StoredValue | undefined> {
    await this.#sidecar.waitUntilReady();
    const response = await this.#sidecar.send({
      method: 'GET',
      path: `${this.#path}/${encodeURIComponent(key)}?consistency=strong`,
    });
    if (response.status === 204 || (response.status === 200 && response.body === '')) return undefined;
    if (response.status !== 200) throw this.#failure(`reading "${key}"`, response);
    if (response.etag === undefined)
      throw new FatalSourceError(
        ErrorCode.StateRefused,
        `the state store "${this.#store}" answers without an ETag: use a component that supports ETags`,
      );
    return { value: this.#parse(key, response.body), etag: response.etag };
  }

  async set(key: string, value: JsonValue, etag: string | undefined): Promise<string> {
    // Components differ in what a first write without an ETag does when the key exists.
    if (etag === undefined && (await this.get(key)) !== undefined) throw new StateConflictError(key);
    await this.#sidecar.waitUntilReady();
    const item = { key, value, ...(etag === undefined ? {} : { etag }), options: OPTIONS };
    const response = await this.#sidecar.send({
      method: 'POST',
      path: this.#path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([item]),
    });
    if (response.status < 200 || response.status >= 300) {
      await this.#throwIfConflict(key, etag, response);
      throw this.#failure(`writing "${key}"`, response);
    }
    const stored = await this.get(key);
    if (stored === undefined || !isDeepStrictEqual(stored.value, value)) throw new StateConflictError(key);
    return stored.etag;
  }

  async delete(key: string): Promise<void> {
    await this.#sidecar.waitUntilReady();
    const response = await this.#sidecar.send({
      method: 'DELETE',
      path: `${this.#path}/${encodeURIComponent(key)}?consistency=strong`,
    });
    if (response.status < 200 || response.status >= 300) throw this.#failure(`deleting "${key}"`, response);
  }

  close(): Promise<void> {
    return this.#sidecar.close();
  }

  /**
   * Dapr answers a lost write with 409, and some components with 500 and a text. Its Redis component answers 409 to every write with an ETag that
   * fails, also when Redis is away: the stored ETag decides, or an outage would look like another writer.
   */
  async #throwIfConflict(key: string, etag: string | undefined, response: DaprResponse): Promise<void> {
    if (response.status < 400) return;
    if ((await this.get(key))?.etag !== etag) throw new StateConflictError(key);
  }

  #parse(key: string, body: string): JsonValue {
    try {
      return JSON.parse(body) as JsonValue;
    } catch (error) {
      throw new FatalSourceError(
        ErrorCode.StateCorrupt,
        `the value of "${key}" in the state store "${this.#store}" is not JSON`,
        { cause: error },
      );
    }
  }

  #failure(action: string, response: DaprResponse): SourceError {
    const message = `${action} in the state store "${this.#store}" was answered with ${response.status}: ${excerpt(response.body)}`;
    if (response.status >= 400 && response.status < 500 && !passing.has(response.status))
      return new FatalSourceError(ErrorCode.StateRefused, message);
    return new SourceError(ErrorCode.StateUnavailable, message);
  }
}
