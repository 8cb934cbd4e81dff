/** Turns a bootstrap's elements into writes of about 64 KB, in the rhythm of the reader. */
import type { ServerResponse } from 'node:http';
import { orAborted } from '../abort.ts';
import type { EncodedElements, SourceElement } from '../elements.ts';
import { ErrorCode, FatalSourceError } from '../errors.ts';

/** A larger write saves system calls, a smaller one saves memory; this is about what a socket takes at once. */
const WRITE_BYTES = 64 * 1024;
const LINE_END = 0x0a;

export const isEncodedElements = (item: SourceElement | EncodedElements): item is EncodedElements =>
  'ndjson' in item;

/** Collects bytes and gives them back in large pieces. Text is ASCII. */
export class WriteBuffer {
  #text = '';
  #parts: Uint8Array[] = [];
  #bytes = 0;

  get length(): number {
    return this.#bytes + this.#text.length;
  }

  get full(): boolean {
    return this.length >= WRITE_BYTES;
  }

  addText(text: string): void {
    this.#text += text;
  }

  /** Takes a copy: what elements were encoded into is used again. */
  addBytes(bytes: Uint8Array): void {
    this.#sealText();
    // Not slice(): of a Buffer that is no copy.
    this.#parts.push(Buffer.from(bytes));
    this.#bytes += bytes.length;
  }

  /** Everything so far; the buffer is empty afterwards. */
  take(): Uint8Array {
    this.#sealText();
    const [only, ...more] = this.#parts;
    const all = only !== undefined && more.length === 0 ? only : Buffer.concat(this.#parts, this.#bytes);
    this.#parts = [];
    this.#bytes = 0;
    return all;
  }

  #sealText(): void {
    if (this.#text === '') return;
    const bytes = Buffer.from(this.#text, 'latin1');
    this.#text = '';
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
  }
}

/** @throws FatalSourceError BAD_ELEMENT */
export function checkLines({ ndjson }: EncodedElements): void {
  // Half a line would take the next element, or the poison line, with it.
  if (ndjson.length > 0 && ndjson[ndjson.length - 1] !== LINE_END)
    throw new FatalSourceError(ErrorCode.BadElement, 'encoded elements do not end with a line end');
}

/**
 * The body of an answer. Nothing is sent before the first `write`: until then the status is still open.
 * A failed write or a reader that left aborts through `signal`.
 */
export class AnswerBody {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;
  readonly #contentType: string;
  #bytes = 0;

  constructor(response: ServerResponse, contentType: string, signal: AbortSignal) {
    this.#response = response;
    this.#contentType = contentType;
    this.#signal = signal;
  }

  /** True once the reader may have seen a byte. */
  get begun(): boolean {
    return this.#response.headersSent;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Resolves when the reader has room for more. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#head();
    this.#bytes += bytes.length;
    if (this.#response.write(bytes)) return;
    await orAborted(
      new Promise<void>((resolve) => this.#response.once('drain', () => resolve())),
      this.#signal,
    );
  }

  /** Resolves when the bytes are the system's: their buffer may then be used again. */
  async hand(bytes: Uint8Array): Promise<void> {
    this.#head();
    this.#bytes += bytes.length;
    await orAborted(
      new Promise<void>((resolve) => this.#response.write(bytes, () => resolve())),
      this.#signal,
    );
  }

  /** The clean end. Resolves when the last byte has left this process. */
  async end(): Promise<void> {
    this.#head();
    await orAborted(new Promise<void>((resolve) => this.#response.end(() => resolve())), this.#signal);
  }

  /** The visible end of a broken answer: a last line, then a connection that is cut instead of closed. */
  async poison(line: string, waitMs: number): Promise<void> {
    const response = this.#response;
    await new Promise<void>((resolve) => {
      // A reader that takes nothing more gets no line, only the cut.
      const timer = setTimeout(resolve, waitMs);
      response.write(line, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    response.destroy();
  }

  #head(): void {
    if (!this.#response.headersSent) this.#response.writeHead(200, { 'content-type': this.#contentType });
  }
}
