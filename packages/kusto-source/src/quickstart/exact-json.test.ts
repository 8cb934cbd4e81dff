import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseExact, stringifyExact, type ExactValue } from './exact-json.ts';

test('64-bit integers are exact, both ways', () => {
  const text = '{"id":9007199254740993,"low":-9223372036854775808,"small":5,"list":[1.5,null,true]}';
  const value = parseExact(text);
  assert.deepEqual(value, {
    id: 9007199254740993n,
    low: -9223372036854775808n,
    small: 5,
    list: [1.5, null, true],
  });
  assert.equal(stringifyExact(value), text);
});

test('a large number with a point or an exponent stays a number', () => {
  assert.deepEqual(parseExact('[1e300, 18014398509481984.0]'), [1e300, 2 ** 54]);
});

test('what is written reads back equal', () => {
  const integer = fc
    .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
    .map((value) => (Number.isSafeInteger(Number(value)) ? Number(value) : value));
  const { value } = fc.letrec<{ value: ExactValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      integer,
      fc.string(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        tie('value'),
        { maxKeys: 4, noNullPrototype: true },
      ),
    ),
  }));
  fc.assert(
    fc.property(value, (original) => assert.deepEqual(parseExact(stringifyExact(original)), original)),
  );
});
