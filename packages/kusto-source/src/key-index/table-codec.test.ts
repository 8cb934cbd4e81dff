import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, it } from 'node:test';
import { array, assert as check, boolean, nat, option, property, record, string } from 'fast-check';
import { BucketTable, LOCAL_KNOWN, ROW_KNOWN } from './bucket-table.ts';
import type { KeyChange } from './entry-codec.ts';
import type { KeyEntry } from './key-entry.ts';
import { decodeTable, encodeTable, mostParts } from './table-codec.ts';
import { key, spread } from './testing/keys.ts';

const entriesOf = (table: BucketTable): KeyEntry[] =>
  Array.from({ length: table.size }, (_, index) => table.entry(index, 0));
const change = record({
  id: string({ unit: 'grapheme', maxLength: 6 }),
  value: option(nat(9), { nil: undefined }),
  row: boolean(),
  ends: option(nat(3), { nil: undefined, freq: 1 }),
  removed: boolean(),
}).map(({ id, value, row, ends, removed }): KeyChange =>
  removed
    ? { id, bucket: 0, removed }
    : {
        ...key(id, 1, value),
        ...(row ? {} : { row: undefined }),
        ...(ends === undefined ? {} : { ends: spread(ends) }),
      },
);

describe('BucketTable and its encoding', () => {
  it('hold what a map would, sorted by the bytes of the ids, after any changes', () => {
    check(
      property(array(array(change)), nat(400), (rounds, more) => {
        let table = BucketTable.empty;
        const model = new Map<string, KeyEntry>();
        for (const round of rounds) {
          const changes = new Map(round.map((one) => [one.id, one]));
          table = table.with(changes.values());
          for (const one of changes.values())
            if ('removed' in one) model.delete(one.id);
            else model.set(one.id, one);
          const parts = encodeTable(table, 130 + more);
          for (const part of parts) assert.ok(part.length <= 130 + more);
          assert.ok(parts.length <= mostParts(table.byteSize, 130 + more));
          table = decodeTable(parts);
        }
        const wanted = [...model.values()].sort((a, b) =>
          Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)),
        );
        assert.deepEqual(entriesOf(table), wanted);
        for (const { id } of wanted) assert.equal(table.entry(table.find(id), 0).id, id);
        assert.equal(table.find('no such key'), -1);
      }),
    );
  });

  it('read hashes that mean nothing any more as unknown', () => {
    const parts = encodeTable(BucketTable.empty.with([key('a', 1, 1)]));
    const { row, local } = key('a', 1, 1);
    assert.deepEqual(entriesOf(decodeTable(parts, ROW_KNOWN)), [
      { id: 'a', bucket: 0, row: undefined, local },
    ]);
    assert.deepEqual(entriesOf(decodeTable(parts, LOCAL_KNOWN)), [
      { id: 'a', bucket: 0, row, local: undefined },
    ]);
    const moved = encodeTable(BucketTable.empty.with([{ ...key('a', 1, 1), ends: 7n }]));
    assert.deepEqual(
      entriesOf(decodeTable(moved, ROW_KNOWN | LOCAL_KNOWN)),
      [{ id: 'a', bucket: 0, row: undefined, local: undefined, ends: 7n }],
      'where a relation is does not hang on how anything is hashed',
    );
  });

  it('without ends is as it was before there were any, byte for byte', () => {
    const [part] = encodeTable(BucketTable.empty.with([key('a', 1, 1), key('b', 1)]));
    assert.equal(part?.[0], 2, 'the number of keys');
    const [mixed] = encodeTable(BucketTable.empty.with([{ ...key('a', 1, 1), ends: 7n }, key('b', 1)]));
    assert.deepEqual(Array.from(mixed ?? []).slice(0, 3), [0, 2, 2]);
    assert.throws(() => decodeTable([Uint8Array.of(0, 3, 1)]), /format 3/);
  });

  it('refuse bytes that were cut or have more', () => {
    const [part] = encodeTable(BucketTable.empty.with([key('a', 1, 1), key('b', 1, 2)]));
    for (let length = 0; length < part!.length; length++)
      assert.throws(() => decodeTable([part!.subarray(0, length)]), String(length));
    assert.throws(() => decodeTable([Buffer.concat([part!, Buffer.from([0])])]), RangeError);
  });

  it('take at most 45 bytes a key as base64, for ids of about 20 characters', (t) => {
    const forms: Record<string, (n: number) => string> = {
      'numbers in a row': (n) => `Device:${1_000_000_000_000 + n * 256}`,
      'random numbers': () => `Device:${randomBytes(6).readUIntBE(0, 6) % 1e13}`.padEnd(20, '0'),
      'two columns': (n) => `StormEvents:${n % 50},${100_000 + n * 37}`,
      'random letters and digits': () =>
        `Device:${randomBytes(16).toString('base64url').toLowerCase().slice(0, 13)}`,
    };
    for (const [form, id] of Object.entries(forms)) {
      const ids = new Set(Array.from({ length: 4_000 }, (_, n) => id(n)));
      const hash = (): bigint => randomBytes(8).readBigUInt64LE();
      const table = BucketTable.empty.with(
        Array.from(ids, (id) => ({ id, bucket: 0, row: { first: hash(), second: hash() }, local: hash() })),
      );
      const bytes = encodeTable(table).reduce((sum, part) => sum + Math.ceil(part.length / 3) * 4, 0);
      t.diagnostic(`${form}: ${(bytes / ids.size).toFixed(1)} bytes`);
      assert.ok(bytes / ids.size <= 45, `${form}: ${bytes / ids.size}`);
    }
    const uuids = BucketTable.empty.with(
      Array.from({ length: 4_000 }, (_, n) => key(`N:${randomUUID()}`, 1, n)),
    );
    t.diagnostic(`UUIDs: ${((encodeTable(uuids)[0]!.length / 4_000) * 4) / 3} bytes`);
  });
});
