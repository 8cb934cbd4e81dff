/** Below this many bytes a loop beats the fixed cost of a native copy. */
const LOOP_LIMIT = 48;
const INITIAL_BYTES = 16 * 1024;

/** A buffer that grew beyond this for one huge cell is let go afterwards, so that it does not stay for good (I8). */
export const KEPT_BYTES = 4 * 1024 * 1024;

/**
 * A growing run of bytes. `bytes` and `at` are open to the writers of this folder, which keep both in locals inside their
 * loops: whoever writes past `at` calls {@link OutputBuffer.reserve} first and reads `bytes` again after it.
 */
export class OutputBuffer {
  bytes: Buffer;
  /** Where the next byte goes; everything before it is written. */
  at = 0;

  constructor(initialBytes = INITIAL_BYTES) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.at + count > this.bytes.length) this.#grow(this.at + count);
  }

  /** Appends `source[from .. to)`. */
  append(source: Buffer, from: number, to: number): void {
    const count = to - from;
    this.reserve(count);
    const bytes = this.bytes;
    let at = this.at;
    if (count > LOOP_LIMIT) {
      source.copy(bytes, at, from, to);
      this.at = at + count;
      return;
    }
    for (let i = from; i < to; i++) bytes[at++] = source[i] as number;
    this.at = at;
  }

  appendAll(source: Buffer): void {
    this.append(source, 0, source.length);
  }

  appendByte(byte: number): void {
    this.reserve(1);
    this.bytes[this.at++] = byte;
  }

  /** A copy of what was written, which the caller owns; the buffer is empty afterwards. */
  take(): Buffer {
    const taken = Buffer.allocUnsafeSlow(this.at);
    this.bytes.copy(taken, 0, 0, this.at);
    this.clear();
    return taken;
  }

  /** What was written, until the next {@link clear}. */
  view(): Buffer {
    return this.bytes.subarray(0, this.at);
  }

  clear(): void {
    this.at = 0;
    if (this.bytes.length > KEPT_BYTES) this.bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES);
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }
}
