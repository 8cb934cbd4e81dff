import type { StateStore } from '../contracts.ts';
import type { JsonValue } from '../elements.ts';
import { ErrorCode, FatalSourceError, SourceError, messageOf } from '../errors.ts';
import { STATE_KEY } from '../reactivator/state-record.ts';

export interface TypedStateOptions<T extends JsonValue> {
  readonly store: StateStore;
  /** Not the SDK's own key. */
  readonly key: string;
  /** Makes a `T` of what is stored, or throws when it is none: a value of an older version, or of something else. */
  readonly parse: (value: JsonValue) => T;
}

export interface TypedValue<T> {
  readonly value: T;
  readonly etag: string;
}

/**
 * A source author's own value in a state store, beside the checkpoint: checked when it is read, and written only over the version
 * that was read. The option `deprovision` of the reactivator deletes it.
 */
export class TypedState<T extends JsonValue> {
  readonly #options: TypedStateOptions<T>;

  /** @throws FatalSourceError BAD_CONFIGURATION for the SDK's key */
  constructor(options: TypedStateOptions<T>) {
    if (options.key === '' || options.key === STATE_KEY)
      throw new FatalSourceError(
        ErrorCode.BadConfiguration,
        `a source's own state cannot have the key "${options.key}": it must be another than "${STATE_KEY}", and not empty`,
      );
    this.#options = options;
  }

  /**
   * The value and its version; undefined when there is none.
   * @throws FatalSourceError STATE_CORRUPT when `parse` refuses it
   */
  async read(): Promise<TypedValue<T> | undefined> {
    const { store, key, parse } = this.#options;
    const stored = await store.get(key);
    if (stored === undefined) return undefined;
    try {
      return { value: parse(stored.value), etag: stored.etag };
    } catch (error) {
      throw new FatalSourceError(
        ErrorCode.StateCorrupt,
        `the stored state "${key}" is not as it should be: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    }
  }

  /**
   * Writes over the version `etag`; undefined: there must be none.
   * @returns the new version
   * @throws StateConflictError when somebody else wrote in between
   */
  write(value: T, etag: string | undefined): Promise<string> {
    return this.#options.store.set(this.#options.key, value, etag);
  }

  /**
   * Reads, changes and writes, again from the start when somebody else wrote in between. A change that returns what it was given
   * writes nothing.
   * @param change - may be called several times
   * @returns the value that is stored now
   * @throws StateConflictError after ten conflicts in a row
   */
  async update(change: (value: T | undefined) => T): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const stored = await this.read();
      const next = change(stored?.value);
      if (stored !== undefined && next === stored.value) return next;
      try {
        await this.write(next, stored?.etag);
        return next;
      } catch (error) {
        const lost = error instanceof SourceError && error.code === ErrorCode.StateConflict;
        if (!lost || attempt >= 10) throw error;
      }
    }
  }

  delete(): Promise<void> {
    return this.#options.store.delete(this.#options.key);
  }
}
