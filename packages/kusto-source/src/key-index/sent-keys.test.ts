import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, constantFrom, property, record, uint8Array } from 'fast-check';
import { SentKeys } from './sent-keys.ts';

const ids = Array.from({ length: 40 }, (_, n) => `N:${n % 3 === 0 ? 'ключ' : 'k'}${n}`);

function tally(all: Iterable<string>, cells?: number): SentKeys {
  const keys = new SentKeys(cells);
  for (const id of all) keys.add(id);
  return keys;
}

describe('the keys that a bootstrap sent (R7)', () => {
  it('are those of the index, or at least one is missing, whatever was touched meanwhile', () => {
    const where = constantFrom('sent and held', 'sent', 'held', 'touched', 'touched and sent', 'nowhere');
    check(
      property(array(record({ where }), { minLength: ids.length, maxLength: ids.length }), (places) => {
        const of = (...names: string[]): string[] =>
          ids.filter((_, at) => names.includes(places[at]?.where ?? ''));
        const sent = SentKeys.decode(tally(of('sent and held', 'sent', 'touched and sent')).encode());
        const open = of('touched', 'touched and sent');
        const held = tally(of('sent and held', 'held'), sent.cells);
        const wrong = of('sent', 'held').length > 0;
        // So many open ones in a cell are not tried: then it counts as wrong.
        const many = [...Map.groupBy(open, (id) => sent.shareOf(id).cell).values()].some(
          ({ length }) => length > 8,
        );
        const lacks = held.cellsThatLack(sent, open).size;
        if (wrong) assert.ok(lacks > 0);
        else if (!many) assert.equal(lacks, 0);
      }),
      { numRuns: 500 },
    );
  });

  it('have about eight keys a cell, and no more cells than one hand-over carries', () => {
    for (const [count, cells] of [
      [0, 1],
      [8, 1],
      [9, 2],
      [1_000, 128],
      [400_000, 32_768],
    ] as const)
      assert.equal(
        SentKeys.decode(tally(Array.from({ length: count }, (_, n) => `T:${n}`)).encode()).cells,
        cells,
      );
  });

  it('are refused when they are no cells', () => {
    check(
      property(uint8Array({ maxLength: 40 }), (bytes) => {
        if ([12, 24].includes(bytes.length)) return;
        assert.throws(() => SentKeys.decode(bytes), RangeError);
      }),
    );
  });
});
