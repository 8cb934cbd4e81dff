import type { JsonValue } from '@drasi-kusto/source-sdk';
import { bytesOf, gap, type StateBlobs } from './state-blobs.ts';

export interface Segment {
  readonly number: number;
  readonly data: Buffer;
  readonly value: { readonly [key: string]: JsonValue };
}

/**
 * Blobs under counted names, each written once: appending is one small write, whatever the size of all. The end is the first
 * name that does not exist, hence no count has to be kept.
 */
export class SegmentLog {
  readonly #blobs: StateBlobs;
  readonly #name: string;
  #next: number;

  /** @param first the number of the oldest segment in use; {@link read} finds the end */
  constructor(blobs: StateBlobs, name: string, first: number) {
    this.#blobs = blobs;
    this.#name = name;
    this.#next = first;
  }

  /** The number the next segment gets. */
  get next(): number {
    return this.#next;
  }

  /**
   * The segments from the one that was to be next up to the end. Afterwards {@link next} is behind them.
   * @throws FatalSourceError GAP when one is missing and the one behind it is there
   */
  async *read(): AsyncGenerator<Segment> {
    for (;;) {
      const segment = await this.get(this.#next);
      if (segment === undefined) break;
      this.#next += 1;
      yield segment;
    }
    if ((await this.get(this.#next + 1)) !== undefined) throw gap(this.#key(this.#next));
  }

  async get(number: number): Promise<Segment | undefined> {
    const key = this.#key(number);
    const blob = await this.#blobs.read(key);
    return blob && { number, data: bytesOf(key, blob.value['data']), value: blob.value };
  }

  /**
   * Resolves when it is durable.
   * @throws FatalSourceError ANOTHER_REACTIVATOR when another process has written that number
   */
  async append(data: Uint8Array, content: { readonly [key: string]: JsonValue } = {}): Promise<void> {
    await this.#blobs.write(
      this.#key(this.#next),
      { ...content, data: Buffer.from(data).toString('base64') },
      undefined,
    );
    this.#next += 1;
  }

  /** Deletes the segments `from` up to before `to`. */
  async drop(from: number, to: number): Promise<void> {
    for (let number = from; number < to; number++) await this.#blobs.delete(this.#key(number));
  }

  /** Deletes all, the newest first, so that a repetition after an error still finds the rest. */
  async destroy(oldest: number): Promise<void> {
    while ((await this.get(this.#next)) !== undefined) this.#next += 1;
    for (let number = this.#next - 1; number >= oldest; number--) await this.#blobs.delete(this.#key(number));
  }

  #key(number: number): string {
    return `${this.#name}-${number}`;
  }
}
