import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, nat, property, string, uint8Array } from 'fast-check';
import { hashId } from '../element/id-hash.ts';
import { SentIds } from './sent-ids.ts';

const admit = (ids: SentIds, text: string): boolean => {
  const bytes = Buffer.from(`<${text}>`);
  const hash = new Uint32Array(5);
  hashId(bytes, 1, bytes.length - 1, hash.subarray(1));
  return ids.admit(hash, 1);
};

describe('sent ids', () => {
  it('are those of earlier attempts, of the slice and of the one it is a half of', () => {
    check(
      property(array(array(string({ maxLength: 40 }), { maxLength: 60 }), { maxLength: 4 }), (attempts) => {
        const parent = new SentIds();
        assert.equal(admit(parent, 'of the parent'), true);
        parent.retry();
        const ids = new SentIds(parent);
        const known = new Set(['of the parent']);
        for (const attempt of attempts) {
          const fresh = [...new Set(attempt)];
          for (const id of fresh) assert.equal(admit(ids, id), !known.has(id), id);
          for (const id of fresh) known.add(id);
          ids.retry();
        }
        assert.equal(ids.count, known.size - 1);
      }),
    );
  });

  it('are told apart by a hash whose lanes do not collide on what ids look like', () => {
    const lanes = new Uint32Array(4);
    const [halfA, halfB] = [new Set<bigint>(), new Set<bigint>()];
    const count = 200_000;
    for (let index = 0; index < count; index++) {
      const text = index % 2 === 0 ? String(index) : `station-${index % 977},${index}`;
      const bytes = Buffer.from(text);
      hashId(bytes, 0, bytes.length, lanes);
      halfA.add((BigInt(lanes[0] as number) << 32n) | BigInt(lanes[1] as number));
      halfB.add((BigInt(lanes[2] as number) << 32n) | BigInt(lanes[3] as number));
    }
    assert.equal(halfA.size, count);
    assert.equal(halfB.size, count);
  });

  it('differ when any bit of the id does', () => {
    const [one, other] = [new Uint32Array(4), new Uint32Array(4)];
    check(
      property(uint8Array({ minLength: 1, maxLength: 40 }), nat(319), (bytes, bit) => {
        const changed = Uint8Array.from(bytes);
        const at = (bit >> 3) % bytes.length;
        changed[at] = (changed[at] as number) ^ (1 << (bit & 7));
        hashId(bytes, 0, bytes.length, one);
        hashId(changed, 0, changed.length, other);
        assert.notDeepEqual(one, other);
      }),
    );
  });
});
