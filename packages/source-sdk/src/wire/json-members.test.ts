import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  assert as check,
  constantFrom,
  dictionary,
  double,
  jsonValue,
  property,
  string,
  tuple,
} from 'fast-check';
import { jsonMembers } from './json-members.ts';

describe('jsonMembers', () => {
  it('cuts out every value as it is written, whatever it holds', () => {
    const space = constantFrom('', ' ', '\n', '\t ');
    check(
      property(
        dictionary(string(), jsonValue(), { maxKeys: 6 }),
        tuple(space, space, space),
        (object, gaps) => {
          const [a, b, c] = gaps;
          const texts = Object.entries(object).map(([name, value]) => [
            JSON.stringify(name),
            JSON.stringify(value, null, c),
          ]);
          const text = `${a}{${b}${texts.map(([name, value]) => `${name}${a}:${c}${value}`).join(`${b},${a}`)}${c}}${b}`;
          const members = jsonMembers(text);
          assert.deepEqual(
            [...members].map(([name, value]) => [JSON.stringify(name), value]),
            texts,
          );
        },
      ),
    );
  });

  it('keeps integers of 64 bits and floats (I11)', () => {
    const text = '{"a":9223372036854775807,"b":5.0,"c":{"d":[-9223372036854775808,"}\\"]"]},"e":1E+2}';
    assert.deepEqual(
      [...jsonMembers(text)],
      [
        ['a', '9223372036854775807'],
        ['b', '5.0'],
        ['c', '{"d":[-9223372036854775808,"}\\"]"]}'],
        ['e', '1E+2'],
      ],
    );
    check(property(double(), (value) => assert.equal(jsonMembers(`{"n":${value}}`).get('n'), String(value))));
  });

  it('refuses what is not one object', () => {
    for (const text of [
      '',
      '[]',
      '1',
      '{',
      '{"a"}',
      '{"a":}',
      '{"a":1',
      '{"a":1,}',
      '{"a":{}',
      '{"a":"x}',
      '{a:1}',
      '{} {}',
      '{"a":1]',
    ])
      assert.throws(() => jsonMembers(text), { code: 'BAD_ELEMENT' }, text);
  });
});
