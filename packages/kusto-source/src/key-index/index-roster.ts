import type { JsonValue } from '@drasi-kusto/source-sdk';
import { HeadBlob } from './head-blob.ts';
import { corrupt, type StateBlobs } from './state-blobs.ts';

/** The blob that names the entities whose keys are stored. */
const KEY = 'key-indexes';

/**
 * The names of all entities that ever had a key index, also of those that have left the configuration: Dapr cannot list keys, and
 * the end of a source has to delete them all (rule R24). A name is in it before anything is stored under it.
 */
export class IndexRoster {
  readonly #blobs: StateBlobs;
  #head: HeadBlob | undefined;
  #names: readonly string[] = [];
  #turn: Promise<unknown> = Promise.resolve();

  constructor(blobs: StateBlobs) {
    this.#blobs = blobs;
  }

  /** Writes nothing where there never was an index. @throws FatalSourceError GAP, STATE_CORRUPT, STATE_TOO_NEW */
  names(): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      if (this.#head !== undefined) return this.#names;
      if (
        (await this.#blobs.read(KEY)) === undefined &&
        (await this.#blobs.read(`${KEY}-marker`)) === undefined
      )
        return [];
      await this.#open();
      return this.#names;
    });
  }

  /** Resolves when the name is durable. @throws FatalSourceError as {@link names}, ANOTHER_REACTIVATOR */
  add(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const head = this.#head ?? (await this.#open());
      if (this.#names.includes(name)) return;
      const names = [...this.#names, name];
      try {
        await head.replace({ names });
      } catch (error) {
        // It may have been written: what is stored is read before anything else is.
        this.#head = undefined;
        throw error;
      }
      this.#names = names;
    });
  }

  /** Deletes what each of the names stands for, then itself. May be repeated after an error at any step. */
  destroy(inside: (name: string) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      this.#head = undefined;
      await HeadBlob.destroy(this.#blobs, KEY, async ({ names }) => {
        for (const name of namesOf(names)) await inside(name);
      });
    });
  }

  async #open(): Promise<HeadBlob> {
    const { head, content } = await HeadBlob.open(this.#blobs, KEY, { names: [] });
    this.#names = namesOf(content['names']);
    this.#head = head;
    return head;
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(action);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function namesOf(value: JsonValue | undefined): readonly string[] {
  if (!Array.isArray(value) || !value.every((name) => typeof name === 'string')) throw corrupt(KEY);
  return value;
}
