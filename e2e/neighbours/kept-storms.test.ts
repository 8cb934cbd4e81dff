import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertKept } from './kept-storms.ts';
import { storm } from './storms.ts';

const row = (id: number, version: number) => {
  const { state, damage } = storm(id, version);
  return { EventId: id, State: state, Damage: damage };
};

describe('what Kusto acknowledged', () => {
  it('is there in its newest version, and what was deleted is not', () => {
    assertKept(
      new Map([
        [1, 0],
        [3, 2],
        [4, undefined],
      ]),
      [row(1, 0), row(3, 2)],
    );
  });

  it('is missed when it is lost, older, or back again', () => {
    assert.throws(() => assertKept(new Map([[1, 0]]), []), /lost 1 .*\n.*1: lost/);
    assert.throws(() => assertKept(new Map([[3, 2]]), [row(3, 1)]), /3: /);
    assert.throws(() => assertKept(new Map([[4, undefined]]), [row(4, 0)]), /4: there/);
    assert.throws(() => assertKept(new Map(), [row(5, 0)]), /5: there/);
  });
});
