import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { longestLine, ndjsonLines } from './ndjson-lines.ts';

async function* chunksOf(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes.length === 0 ? bytes.length : sizes[turn % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(chunks: AsyncIterable<Uint8Array>): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of ndjsonLines(chunks)) lines.push(...batch.map((line) => line.toString('utf8')));
  return lines;
}

test('lines survive any cutting into chunks, also inside a character', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))),
      fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 5 }),
      async (lines, sizes) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        assert.deepEqual(await read(chunksOf(bytes, sizes)), lines);
      },
    ),
  );
});

test('a stream that ends inside a line is an error', async () => {
  await assert.rejects(read(chunksOf(Buffer.from('{"a":1}\n{"b"'), [])), /middle of a line/);
});

test('a line without end does not fill the memory', async () => {
  async function* endless(): AsyncGenerator<Buffer> {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    for (let sent = 0; sent <= longestLine * 2; sent += chunk.length) yield chunk;
  }
  await assert.rejects(read(endless()), /longer than/);
});
