import type { EncodedElements, SourceElement } from '../elements.ts';
import { ErrorCode, FatalSourceError } from '../errors.ts';
import { elementText, isRelation } from '../wire/encode-element.ts';
import type { ElementSink } from './bootstrap-run.ts';
import { WriteBuffer, isEncodedElements } from './element-writer.ts';
import type { AnswerBody } from './element-writer.ts';

/**
 * The legacy document `{"nodes":[…],"rels":[…]}`. Nodes are written as they come. Relations have to wait for the last
 * node, in memory, hence a limit; when nobody asked for nodes they are written as they come as well.
 */
export class AcquireSink implements ElementSink {
  readonly #body: AnswerBody;
  readonly #spoolBytes: number;
  readonly #relationsOnly: boolean;
  readonly #buffer = new WriteBuffer();
  #relations: Uint8Array[] = [];
  #relationBytes = 0;
  #elements = 0;
  /** Items written to the array that is open. */
  #inArray = 0;

  constructor(body: AnswerBody, options: { readonly spoolBytes: number; readonly relationsOnly: boolean }) {
    this.#body = body;
    this.#spoolBytes = options.spoolBytes;
    this.#relationsOnly = options.relationsOnly;
    this.#buffer.addText(this.#relationsOnly ? '{"nodes":[],"rels":[' : '{"nodes":[');
  }

  get elements(): number {
    return this.#elements;
  }

  async add(item: SourceElement | EncodedElements): Promise<void> {
    if (!isEncodedElements(item)) {
      await this.#addOne(Buffer.from(elementText(item), 'latin1'), isRelation(item));
      return;
    }
    for (const line of lines(item.ndjson)) await this.#addOne(line, isRelationLine(line));
  }

  async end(): Promise<void> {
    if (!this.#relationsOnly) {
      this.#buffer.addText('],"rels":[');
      this.#inArray = 0;
      const relations = this.#relations;
      this.#relations = [];
      for (const relation of relations) await this.#write(relation);
    }
    this.#buffer.addText(']}');
    await this.#body.write(this.#buffer.take());
    await this.#body.end();
  }

  async #addOne(bytes: Uint8Array, relation: boolean): Promise<void> {
    this.#elements += 1;
    if (relation && !this.#relationsOnly) {
      this.#relationBytes += bytes.length;
      if (this.#relationBytes > this.#spoolBytes)
        throw new FatalSourceError(
          ErrorCode.AcquireTooLarge,
          `the relations of this answer exceed ${this.#spoolBytes} bytes: call /acquire-stream, or raise acquireSpoolBytes`,
        );
      // Not slice(): of a Buffer that is no copy.
      this.#relations.push(Buffer.from(bytes));
      return;
    }
    if (!relation && this.#relationsOnly)
      throw new FatalSourceError(
        ErrorCode.BadElement,
        'the bootstrap sent a node although only relations were asked for',
      );
    await this.#write(bytes);
  }

  /** One more item of the array that is open. */
  async #write(bytes: Uint8Array): Promise<void> {
    if (this.#inArray > 0) this.#buffer.addText(',');
    this.#inArray += 1;
    this.#buffer.addBytes(bytes);
    if (this.#buffer.full) await this.#body.write(this.#buffer.take());
  }
}

function* lines(ndjson: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < ndjson.length;) {
    const end = ndjson.indexOf(0x0a, start);
    if (end === -1)
      throw new FatalSourceError(ErrorCode.BadElement, 'encoded elements do not end with a line end');
    yield ndjson.subarray(start, end);
    start = end + 1;
  }
}

/** A property may be called startId too: only then is the line parsed. */
function isRelationLine(line: Uint8Array): boolean {
  const text = Buffer.from(line.buffer, line.byteOffset, line.length);
  if (!text.includes('"startId"')) return false;
  const element: unknown = JSON.parse(text.toString('latin1'));
  return typeof element === 'object' && element !== null && 'startId' in element;
}
