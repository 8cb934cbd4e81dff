import type { EncodedElements, SourceElement } from '../elements.ts';
import type { ElementSink } from './bootstrap-run.ts';
import { elementText } from '../wire/encode-element.ts';
import { WriteBuffer, checkLines, isEncodedElements } from './element-writer.ts';
import type { AnswerBody } from './element-writer.ts';

/** Encoded elements of this size are written as they are; smaller ones are collected first. */
const directBytes = 32 * 1024;

/** One element a line: the answer of `/acquire-stream` and `/subscription`. */
export class NdjsonSink implements ElementSink {
  readonly #body: AnswerBody;
  readonly #buffer = new WriteBuffer();
  #elements = 0;

  constructor(body: AnswerBody) {
    this.#body = body;
  }

  get elements(): number {
    return this.#elements;
  }

  async add(item: SourceElement | EncodedElements): Promise<void> {
    if (!isEncodedElements(item)) {
      this.#buffer.addText(`${elementText(item)}\n`);
      this.#elements += 1;
    } else {
      checkLines(item);
      this.#elements += item.count;
      if (item.ndjson.length >= directBytes) {
        if (this.#buffer.length > 0) await this.#body.write(this.#buffer.take());
        await this.#body.hand(item.ndjson);
        return;
      }
      this.#buffer.addBytes(item.ndjson);
    }
    if (this.#buffer.full) await this.#body.write(this.#buffer.take());
  }

  async end(): Promise<void> {
    if (this.#buffer.length > 0) await this.#body.write(this.#buffer.take());
    await this.#body.end();
  }
}
