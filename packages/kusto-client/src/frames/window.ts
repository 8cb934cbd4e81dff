import { KustoError } from '../errors.ts';
import { skipValue, skipWhitespace } from './json.ts';

/** Below this, a token that does not fit is tried again after every chunk; above, only after half as much again arrived. */
const EAGER_BYTES = 64 * 1024;

/**
 * The stretch of a body that is looked at: bytes `start` to `end` of one buffer, filled from chunks of any size. What comes
 * before `start` may be dropped or given away whenever {@link more} is called; indexes are void after it.
 */
export class ByteWindow {
  bytes: Uint8Array;
  start = 0;
  end = 0;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #size: number;
  readonly #maxBytes: number;
  #pending: Uint8Array | undefined;
  #pendingAt = 0;
  #ended = false;
  /** Position in the body of `bytes[0]`. */
  #origin = 0;
  #owner: (() => boolean) | undefined;
  #spare: Uint8Array | undefined;

  /**
   * @param size bytes of a window, which is also the usual size of a row batch
   * @param maxBytes the largest token that may be held whole
   */
  constructor(chunks: AsyncIterator<Uint8Array>, size: number, maxBytes: number) {
    this.#chunks = chunks;
    this.#size = size;
    this.#maxBytes = maxBytes;
    this.bytes = new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
  }

  /** Takes back a buffer that was given away and is read no more, for the next that is needed. */
  recycle(bytes: Uint8Array): void {
    const whole = new Uint8Array(bytes.buffer);
    if (whole.length === this.#size) this.#spare = whole;
  }

  /** Position in the body of index `at`. */
  position(at: number): number {
    return this.#origin + at;
  }

  /** Asked before bytes move: gives away what it holds in the buffer, and says whether the buffer itself went with it. */
  set owner(owner: (() => boolean) | undefined) {
    this.#owner = owner;
  }

  /** Everything that arrived was looked at, as far as one can tell without waiting. */
  get drained(): boolean {
    return this.#pending === undefined && skipWhitespace(this.bytes, this.start, this.end) === this.end;
  }

  /**
   * Brings more bytes behind the ones from `start` on. False at the end of the body.
   * A token that spans many chunks is not tried again at each of them, which would take quadratic time.
   * @throws KustoError KUSTO_ROW_TOO_LARGE
   */
  async more(): Promise<boolean> {
    const have = this.end - this.start;
    if (have > this.#maxBytes) {
      throw new KustoError(
        'KUSTO_ROW_TOO_LARGE',
        `a single row or part of the body at byte ${this.position(this.start)} is larger than ${this.#maxBytes} bytes`,
      );
    }
    const wanted = have < EAGER_BYTES ? have + 1 : Math.min(have + (have >> 1), this.#maxBytes + 1);
    let grew = false;
    while (this.end - this.start < wanted) {
      if (!(await this.#fill())) return grew;
      grew = true;
    }
    return true;
  }

  /** Gives the owner's bytes away now. */
  release(): void {
    this.#makeRoom(false);
  }

  /** The next byte that is no white space, moved to `start`; -1 at the end of the body. */
  async peek(): Promise<number> {
    for (;;) {
      this.start = skipWhitespace(this.bytes, this.start, this.end);
      if (this.start < this.end) return this.bytes[this.start] as number;
      if (!(await this.more())) return -1;
    }
  }

  /** Brings in the whole value at the next byte that is no white space, and returns the index after it. `start` is its first byte. */
  async value(): Promise<number> {
    if ((await this.peek()) < 0) throw incomplete();
    for (;;) {
      const after = skipValue(this.bytes, this.start, this.end);
      if (after >= 0) return after;
      if (!(await this.more())) throw incomplete();
    }
  }

  /** Takes the whole value at the next byte that is no white space, as a copy. */
  async take(): Promise<Uint8Array> {
    const after = await this.value();
    const copy = this.bytes.slice(this.start, after);
    this.start = after;
    return copy;
  }

  async #fill(): Promise<boolean> {
    if (this.#pending === undefined) {
      if (this.#ended) return false;
      const next = await this.#chunks.next();
      if (next.done === true) {
        this.#ended = true;
        return false;
      }
      this.#pending = next.value;
      this.#pendingAt = 0;
    }
    if (this.end === this.bytes.length) this.#makeRoom(true);
    const chunk = this.#pending;
    const count = Math.min(chunk.length - this.#pendingAt, this.bytes.length - this.end);
    this.bytes.set(chunk.subarray(this.#pendingAt, this.#pendingAt + count), this.end);
    this.end += count;
    this.#pendingAt += count;
    if (this.#pendingAt >= chunk.length) this.#pending = undefined;
    return true;
  }

  #room(size: number): Uint8Array {
    const spare = this.#spare;
    if (spare === undefined || spare.length !== size)
      return new Uint8Array(Buffer.allocUnsafeSlow(size).buffer);
    this.#spare = undefined;
    return spare;
  }

  #makeRoom(grow: boolean): void {
    const given = this.#owner?.() ?? false;
    const { start } = this;
    const live = this.end - start;
    const crowded = grow && live * 2 > this.bytes.length;
    if (!given && !grow) return;
    if (given || crowded) {
      const larger = this.#room(Math.max(this.#size, live * 2));
      larger.set(this.bytes.subarray(start, this.end));
      this.bytes = larger;
    } else {
      this.bytes.copyWithin(0, start, this.end);
    }
    this.#origin += start;
    this.start = 0;
    this.end = live;
  }
}

export function incomplete(): KustoError {
  return new KustoError('KUSTO_INCOMPLETE', 'the body ended before the result was complete');
}
