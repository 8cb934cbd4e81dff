import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { KEPT_BYTES, OutputBuffer } from './output-buffer.ts';

describe('OutputBuffer', () => {
  test('holds what was appended, in order, however small it began', () => {
    const piece = fc.record({
      bytes: fc.uint8Array({ maxLength: 200 }),
      before: fc.nat(5),
      after: fc.nat(5),
    });
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 0, max: 300 }), (pieces, initial) => {
        const out = new OutputBuffer(initial);
        for (const { bytes, before, after } of pieces) {
          const source = Buffer.concat([Buffer.alloc(before, 1), bytes, Buffer.alloc(after, 2)]);
          out.append(source, before, before + bytes.length);
          out.appendByte(0xff);
        }
        const expected = Buffer.concat(pieces.flatMap(({ bytes }) => [bytes, Buffer.of(0xff)]));
        assert.equal(out.at, expected.length);
        assert.deepEqual(out.take(), expected);
      }),
    );
  });

  test('gives bytes away that later writing does not touch, and none of its room', () => {
    const out = new OutputBuffer(1000);
    out.appendAll(Buffer.from('first'));
    const first = out.take();
    out.appendAll(Buffer.from('SECOND'));
    assert.equal(first.toString(), 'first');
    assert.equal(first.buffer.byteLength, 5);
    assert.equal(out.take().toString(), 'SECOND');
  });

  test('reserves', () => {
    const out = new OutputBuffer(10);
    out.appendAll(Buffer.from('abc'));
    out.reserve(100);
    assert.ok(out.bytes.length >= 103);
    assert.equal(out.take().toString(), 'abc');
  });

  test('lets the room of a huge cell go, and keeps the room of usual ones', () => {
    const out = new OutputBuffer();
    out.append(Buffer.alloc(KEPT_BYTES / 2), 0, KEPT_BYTES / 2);
    out.clear();
    assert.ok(out.bytes.length >= KEPT_BYTES / 2);
    out.append(Buffer.alloc(KEPT_BYTES + 1), 0, KEPT_BYTES + 1);
    assert.equal(out.take().length, KEPT_BYTES + 1);
    assert.ok(out.bytes.length <= KEPT_BYTES);
  });
});
