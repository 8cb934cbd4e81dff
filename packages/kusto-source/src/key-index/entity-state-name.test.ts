import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assert as check, constantFrom, oneof, property, string } from 'fast-check';
import { entityStateName } from './entity-state-name.ts';

describe("an entity's name in the state store", () => {
  it('is readable, and says large letters and signs in small ones', () => {
    assert.equal(entityStateName('StormEvents'), '.storm.events');
    assert.equal(entityStateName('rel:is-in'), 'rel..3ais..2din');
    assert.equal(entityStateName('é'), '..c3..a9');
    assert.match(entityStateName('x'.repeat(1000)), /^x{40}\.\.\.[0-9a-f]{64}$/);
  });

  it('is another one for every other name, whatever the store makes of large letters', () => {
    const name = oneof(
      string({ unit: constantFrom('a', 'A', '.', '-', ':', '2', 'd', '_', 'é') }),
      string({ unit: 'binary' }),
    );
    check(
      property(name, name, (one, other) => {
        const [first, second] = [entityStateName(one), entityStateName(other)];
        assert.equal(first.toLowerCase() === second.toLowerCase(), one === other);
        assert.match(first, /^[a-z0-9_.]*$/);
        assert.ok(first.length <= 120);
      }),
    );
  });
});
