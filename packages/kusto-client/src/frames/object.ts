import { JsonSyntaxError, CLOSE_BRACE, COLON, COMMA, OPEN_BRACE, QUOTE } from './json.ts';
import { incomplete } from './window.ts';
import type { ByteWindow } from './window.ts';

/** Raw values of an object that were taken whole. */
export type Fields = Map<string, Uint8Array>;

/**
 * Walks the object at the next byte that is no white space. After each key it yields, the window stands before the value, and
 * the consumer has to take it.
 */
export async function* readKeys(window: ByteWindow): AsyncGenerator<string, void, void> {
  if ((await expect(window)) !== OPEN_BRACE) throw new JsonSyntaxError('an object is expected', window.start);
  window.start++;
  let first = true;
  for (;;) {
    let byte = await expect(window);
    if (byte === CLOSE_BRACE && first) break;
    if (!first) {
      if (byte === CLOSE_BRACE) break;
      if (byte !== COMMA)
        throw new JsonSyntaxError('a comma or the end of an object is expected', window.start);
      window.start++;
      byte = await expect(window);
    }
    if (byte !== QUOTE) throw new JsonSyntaxError('a property name is expected', window.start);
    const key = JSON.parse(textOf(await window.take())) as string;
    if ((await expect(window)) !== COLON)
      throw new JsonSyntaxError('a colon is expected after a property name', window.start);
    window.start++;
    yield key;
    first = false;
  }
  window.start++;
}

/** Small values parsed; `Rows` stays as bytes. */
export function fieldsOf(fields: Fields): Readonly<Record<string, unknown>> {
  const parsed: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [key, bytes] of fields) parsed[key] = key === 'Rows' ? bytes : JSON.parse(textOf(bytes));
  return parsed;
}

async function expect(window: ByteWindow): Promise<number> {
  const byte = await window.peek();
  if (byte < 0) throw incomplete();
  return byte;
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}
