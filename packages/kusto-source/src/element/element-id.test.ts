import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { elementId, idComponent } from './element-id.ts';
import { anyText } from './testing/arbitraries.ts';

const unit = fc.constantFrom(
  '%',
  ':',
  ',',
  '0',
  '2',
  '5',
  'A',
  'C',
  'u',
  'D',
  '8',
  '3',
  '\ud83d',
  '\ude00',
  '\ufffd',
);
const hostile = fc.oneof(fc.string({ unit, maxLength: 6 }), anyText);
const keyPart = fc.option(hostile, { nil: null });

/** What {@link elementId} is the inverse of. */
function parseId(id: string): { label: string; key: (string | null)[] } {
  const colon = id.indexOf(':');
  const decode = (part: string): string =>
    part.replaceAll(/%(?:u(D[89A-F][0-9A-F]{2})|(25|3A|2C))/g, (_, surrogate?: string, other?: string) =>
      String.fromCharCode(Number.parseInt(surrogate ?? other ?? '', 16)),
    );
  const key = id
    .slice(colon + 1)
    .split(',')
    .map((part) => (part === '%00' ? null : decode(part)));
  return { label: decode(id.slice(0, colon)), key };
}

describe('elementId', () => {
  test('reads <label>:<k1>,<k2>', () => {
    assert.equal(elementId('Device', ['7', 'north']), 'Device:7,north');
    assert.equal(elementId('a:b', ['50%', 'x,y', '']), 'a%3Ab:50%25,x%2Cy,');
    assert.equal(elementId('Device', [null]), 'Device:%00');
    assert.equal(elementId('Device', ['%00']), 'Device:%2500');
    assert.equal(elementId('Device', ['x\ud83d', '😀']), 'Device:x%uD83D,😀');
  });

  test('can be read back, so no two elements share an id', () => {
    fc.assert(
      fc.property(hostile, fc.array(keyPart, { minLength: 1, maxLength: 4 }), (label, key) => {
        assert.deepEqual(parseId(elementId(label, key)), { label, key });
      }),
      { numRuns: 2000 },
    );
  });

  test('differs where keys differ', () => {
    const parts = fc.array(keyPart, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(parts, parts, (one, other) => {
        const isSame = JSON.stringify(one) === JSON.stringify(other);
        assert.equal(elementId('T', one) === elementId('T', other), isSame);
      }),
      { numRuns: 2000 },
    );
  });

  test('is well-formed text, as the wire needs it', () => {
    fc.assert(fc.property(hostile, (text) => idComponent(text).isWellFormed()));
  });

  test('of a node never begins as one of a relation does, unless the label is rel', () => {
    fc.assert(
      fc.property(
        hostile,
        keyPart,
        (label, part) => label === 'rel' || !elementId(label, [part]).startsWith('rel:'),
      ),
    );
  });
});
