import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, integer, property, string, uint8Array } from 'fast-check';
import { MAX_HAND_OVER_BYTES } from '@drasi-kusto/source-sdk';
import { encodeEntries } from './entry-codec.ts';
import { decodeHandOver, encodeHandOver, encodeHandOverEnd } from './hand-over.ts';
import { SentKeys } from './sent-keys.ts';
import { key } from './testing/keys.ts';

const refusal = { code: 'HAND_OVER_REFUSED', fatal: true };

describe('a hand-over', () => {
  it('is what the bootstrap meant, whatever the names and keys', () => {
    const text = string({ unit: 'grapheme', minLength: 1 });
    check(
      property(text, array(text, { minLength: 1 }), integer({ min: 1, max: 8192 }), (entity, ids, count) => {
        const handOver = { entity, bucketCount: count, entries: ids.map((id, at) => key(id, count, at)) };
        const [payload, ...others] = encodeHandOver(handOver);
        assert.equal(others.length, 0);
        assert.deepEqual(decodeHandOver(payload as Uint8Array), handOver);
      }),
    );
  });

  it('is cut into payloads that the reactivator takes, in order', () => {
    const entries = Array.from({ length: 40_000 }, (_, at) => key(`StormEvents:${at}`, 16, at));
    const entity = 'é'.repeat(8_000);
    const payloads = encodeHandOver({ entity, bucketCount: 16, entries });
    assert.ok(payloads.length > 1);
    for (const payload of payloads) assert.ok(payload.length <= MAX_HAND_OVER_BYTES);
    const ids = payloads.flatMap((payload) => {
      const handOver = decodeHandOver(payload);
      return 'entries' in handOver ? handOver.entries.map(({ id }) => id) : [];
    });
    assert.equal(ids.join(' '), entries.map(({ id }) => id).join(' '));
    assert.throws(() => encodeHandOver({ entity: 'x'.repeat(20_000), bucketCount: 1, entries }), /20000/);
  });

  it('ends with what all of them were, however many', () => {
    const sent = new SentKeys();
    for (let at = 0; at < 300_000; at += 1) sent.add(`T:${at}`);
    const payload = encodeHandOverEnd({ entity: 'é'.repeat(8_000), sent });
    assert.ok(payload.length <= MAX_HAND_OVER_BYTES);
    const end = decodeHandOver(payload);
    assert.ok('sent' in end && end.entity === 'é'.repeat(8_000));
    assert.ok(Buffer.from(end.sent.encode()).equals(sent.encode()));
  });

  it('that is something else ends its bootstrap, and says why', () => {
    const [good] = encodeHandOver({ entity: 'T', bucketCount: 4, entries: [key('T:1', 4, 1)] });
    const payload = Buffer.from(good as Uint8Array);
    const with0 = Buffer.from(payload);
    with0[0] = 3;
    assert.throws(() => decodeHandOver(with0), { ...refusal, message: /format 3.*of one version/ });
    assert.throws(() => decodeHandOver(payload.subarray(0, -1)), refusal);
    assert.throws(() => decodeHandOver(Buffer.alloc(0)), refusal);
    const head = payload.subarray(0, 3);
    const [removed] = encodeEntries(4, [{ id: 'T:1', bucket: 1, removed: true }]);
    assert.throws(() => decodeHandOver(Buffer.concat([head, removed as Uint8Array])), {
      ...refusal,
      message: /"T:1" is handed over as removed/,
    });
    const [beyond] = encodeEntries(4, [{ ...key('T:1', 4, 1), bucket: 4 }]);
    assert.throws(() => decodeHandOver(Buffer.concat([head, beyond as Uint8Array])), {
      ...refusal,
      message: /bucket 4 of 4/,
    });
    const noNumber = Buffer.concat([
      head,
      Buffer.from([2, 4]),
      Buffer.alloc(160, 0x80),
      Buffer.from([0, 1, 0x54, 0]),
    ]);
    assert.throws(() => decodeHandOver(noNumber), { ...refusal, message: /a number is too large/ });
    check(
      property(uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeHandOver(bytes);
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, 'HAND_OVER_REFUSED');
        }
      }),
    );
  });
});
