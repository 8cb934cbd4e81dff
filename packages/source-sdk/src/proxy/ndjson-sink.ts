import type { EncodedElements, SourceElement } from '../elements.ts';
import type { ElementSink } from './bootstrap-run.ts';
import { WriteBuffer, addLines } from './element-writer.ts';
import type { AnswerBody } from './element-writer.ts';

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
    this.#elements += addLines(this.#buffer, item);
    if (this.#buffer.full) await this.#body.write(this.#buffer.take());
  }

  async end(): Promise<void> {
    if (this.#buffer.length > 0) await this.#body.write(this.#buffer.take());
    await this.#body.end();
  }
}
