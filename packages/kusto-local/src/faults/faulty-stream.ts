import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import type { FaultAction } from './fault-rule.ts';

/** Whether a fault changes how the bytes of an answer go out. */
export function shapesBytes({ bytesPerSecond, cutAfterBytes }: FaultAction): boolean {
  return bytesPerSecond !== undefined || cutAfterBytes !== undefined;
}

/** An answer's body, slow or cut as a fault asks. */
export function faultyBody(
  body: Buffer | Readable | string,
  action: FaultAction,
  response: ServerResponse,
): Readable {
  const source = body instanceof Readable ? body : Readable.from([Buffer.from(body)]);
  let chunks: AsyncIterable<Buffer> = source;
  if (action.cutAfterBytes !== undefined) chunks = cut(chunks, action.cutAfterBytes, response);
  if (action.bytesPerSecond !== undefined) chunks = slow(chunks, action.bytesPerSecond);
  // Nothing is read ahead: what was sent before a cut is what a rule says.
  const shaped = Readable.from(chunks, { objectMode: false, highWaterMark: 1 });
  shaped.once('close', () => source.destroy());
  return shaped;
}

async function* cut(
  chunks: AsyncIterable<Buffer>,
  limit: number,
  response: ServerResponse,
): AsyncGenerator<Buffer> {
  let left = limit;
  for await (const chunk of chunks) {
    if (chunk.length > left) {
      if (left > 0) yield chunk.subarray(0, left);
      await closeConnection(response);
      return;
    }
    left -= chunk.length;
    yield chunk;
  }
}

const stepMs = 20;

async function* slow(chunks: AsyncIterable<Buffer>, bytesPerSecond: number): AsyncGenerator<Buffer> {
  const size = Math.max(1, Math.floor((bytesPerSecond * stepMs) / 1000));
  for await (const chunk of chunks) {
    for (let start = 0; start < chunk.length; start += size) {
      const part = chunk.subarray(start, start + size);
      await wait((part.length * 1000) / bytesPerSecond);
      yield part;
    }
  }
}

/** Closes the connection once what was written so far is on its way; the answer has no end. */
export async function closeConnection(response: ServerResponse): Promise<void> {
  const { socket } = response;
  // Twice in a row: between two writes nothing waits either.
  for (let quiet = 0, turns = 0; quiet < 3 && turns < 200; turns += 1) {
    quiet = response.writableLength === 0 && (socket?.writableLength ?? 0) === 0 ? quiet + 1 : 0;
    await wait(5);
  }
  socket?.destroy();
}
