import assert from 'node:assert/strict';
import { parseExact } from '../../src/quickstart/exact-json.ts';
import { readElement, type WireChange, type WireElement } from './wire-log.ts';

/**
 * What a continuous query of Drasi holds. It subscribes, then reads the bootstrap, whose elements are inserts; the changes that
 * were published since it subscribed come after that. An upsert merges properties into the element that is known, and a
 * delete of an unknown one is nothing.
 */
export class Reader {
  readonly name: string;
  readonly elements = new Map<string, WireElement>();
  /** Changes of the log that it has. */
  position: number;

  constructor(name: string, position: number) {
    this.name = name;
    this.position = position;
  }

  /** @throws Error for an id that came before (R5): Drasi would count it twice */
  insert(line: Uint8Array): WireElement {
    const text = Buffer.from(line).toString('latin1');
    const element = readElement(parseExact(text), text);
    assert.ok(!this.elements.has(element.id), `${this.name} got ${element.id} twice in one bootstrap (R5)`);
    this.elements.set(element.id, element);
    return element;
  }

  /** Folds what was published meanwhile. */
  follow(log: readonly WireChange[]): void {
    for (; this.position < log.length; this.position += 1) this.#apply(log[this.position] as WireChange);
  }

  #apply({ op, element }: WireChange): void {
    const known = this.elements.get(element.id);
    if (op === 'd') {
      this.elements.delete(element.id);
      return;
    }
    const properties = { ...known?.properties, ...element.properties };
    this.elements.set(element.id, { ...element, properties });
  }
}
