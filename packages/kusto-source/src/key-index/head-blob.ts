import type { JsonValue } from '@drasi-kusto/source-sdk';
import { corrupt, gap, type StateBlobs } from './state-blobs.ts';

type Content = { readonly [key: string]: JsonValue };

/**
 * The one blob that names all others of a room in the store. A marker beside it says that it exists: a store that has lost
 * the head must not look like a first start (rule R23).
 */
export class HeadBlob {
  readonly #blobs: StateBlobs;
  readonly #key: string;
  #etag: string;

  private constructor(blobs: StateBlobs, key: string, etag: string) {
    this.#blobs = blobs;
    this.#key = key;
    this.#etag = etag;
  }

  /**
   * Reads the head; writes `first` when there never was one.
   * @throws FatalSourceError GAP when there was one, or when its deletion was begun and not finished
   */
  static async open(
    blobs: StateBlobs,
    key: string,
    first: Content,
  ): Promise<{ readonly head: HeadBlob; readonly content: Content }> {
    const stored = await blobs.read(key);
    const marker = await blobs.read(markerOf(key));
    const state = marker?.value['state'];
    if (stored !== undefined) {
      if (state === 'destroying') throw gap(markerOf(key));
      if (state !== 'created') await blobs.write(markerOf(key), { state: 'created' }, marker?.etag);
      return { head: new HeadBlob(blobs, key, stored.etag), content: stored.value };
    }
    if (state === 'created') throw gap(key);
    if (state !== undefined && state !== 'creating' && state !== 'destroying') throw corrupt(markerOf(key));
    const creating = await blobs.write(markerOf(key), { state: 'creating' }, marker?.etag);
    const etag = await blobs.write(key, first, undefined);
    await blobs.write(markerOf(key), { state: 'created' }, creating);
    return { head: new HeadBlob(blobs, key, etag), content: first };
  }

  async replace(content: Content): Promise<void> {
    this.#etag = await this.#blobs.write(this.#key, content, this.#etag);
  }

  /** Deletes the room: what `inside` deletes, then head and marker. May be repeated after an error at any step. */
  static async destroy(
    blobs: StateBlobs,
    key: string,
    inside: (content: Content) => Promise<void>,
  ): Promise<void> {
    const stored = await blobs.read(key);
    if (stored !== undefined) {
      const marker = await blobs.read(markerOf(key));
      await blobs.write(markerOf(key), { state: 'destroying' }, marker?.etag);
      await inside(stored.value);
      await blobs.delete(key);
    }
    await blobs.delete(markerOf(key));
  }
}

const markerOf = (key: string): string => `${key}-marker`;
