import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import type { KeyValueFormat } from './key-values.ts';
import { keyValues } from './key-values.ts';

const plain: KeyValueFormat = { keys: ['a', 'b'], quotes: [], escapes: [], greedy: false };
const delimited: KeyValueFormat = { ...plain, delimiters: { pair: ';', keyValue: '=' } };

it('pairs between delimiters: blanks, absent keys, repeated ones, pieces that are no pairs', () => {
  const cases: readonly (readonly [string, readonly (string | undefined)[]])[] = [
    ['', [undefined, undefined]],
    ['a=1;b=2', ['1', '2']],
    [' b = 2 ; a =1 ', ['1', '2']],
    ['a=1;a=2', ['1', undefined]],
    ['x;a=;b', ['', undefined]],
    ['a=1=2;b==', ['1=2', '=']],
    ['=1;;;b=2', [undefined, '2']],
    ['A=1', [undefined, undefined]],
  ];
  for (const [text, values] of cases) assert.deepEqual(keyValues(text, delimited), values, text);
});

it('quotes: delimiters and escapes inside, quoted keys, one that is not closed', () => {
  const format: KeyValueFormat = {
    ...delimited,
    quotes: [
      ["'", "'"],
      ['(', ')'],
    ],
    escapes: ['\\'],
  };
  const cases: readonly (readonly [string, readonly (string | undefined)[]])[] = [
    [String.raw`a='x;=\'y\\';b=(z;)`, [String.raw`x;='y\ `.trim(), 'z;']],
    [`'a'=1;(b)=' 2 '`, ['1', ' 2 ']],
    [`a='x;b=2`, [`'x`, '2']],
    [`a='x' junk;b=2`, ['x', '2']],
  ];
  for (const [text, values] of cases) assert.deepEqual(keyValues(text, format), values, text);
});

it('a white space as the delimiter of pairs', () => {
  const format: KeyValueFormat = { ...delimited, delimiters: { pair: ' ', keyValue: '=' } };
  assert.deepEqual(keyValues('a= b=2', format), ['', '2']);
  assert.deepEqual(keyValues('  a=1   b=2  ', format), ['1', '2']);
});

it('greedy: up to the next key', () => {
  const format: KeyValueFormat = { ...delimited, delimiters: { pair: ' ', keyValue: '=' }, greedy: true };
  assert.deepEqual(keyValues('a=x y  z b=1 = 2', { ...format, keys: ['a', 'b', ''] }), ['x y  z', '1', '2']);
  assert.deepEqual(keyValues('a=http://h/?q=1 b=u v', format), ['http://h/?q=1', 'u v']);
  assert.throws(() => keyValues('a=x y c=1', format), /the key 'c'.*list it/);
});

it('without delimiters: whatever is no letter and no digit separates', () => {
  assert.deepEqual(keyValues('[INFO] 00:01 a: x-y, b->7', plain), ['x', '7']);
  assert.deepEqual(keyValues('a a b', plain), ['a', undefined]);
  assert.deepEqual(keyValues('ab=1 é=2', { ...plain, keys: ['a', 'é'] }), [undefined, '2']);
  assert.deepEqual(keyValues("a: 'x y', b", { ...plain, quotes: [["'", "'"]] }), ['x y', undefined]);
});

it('takes time by the length of the text', () => {
  const started = performance.now();
  const quoted: KeyValueFormat = { ...delimited, quotes: [['(', ')']], escapes: ['!'], greedy: true };
  const length = 100_000;
  for (const text of ['a;', '(', '(;', 'a==', 'a=;', ';=', '(=;', '!)('].map((piece) =>
    piece.repeat(length),
  )) {
    keyValues(text, delimited);
    keyValues(text, { ...quoted, greedy: false });
    assert.ok(keyValues(`a=${text.replaceAll(';', '')}`, quoted).length === 2);
    keyValues(text, { ...plain, quotes: quoted.quotes, escapes: quoted.escapes });
  }
  assert.ok(performance.now() - started < 60_000);
});

it('takes apart what was put together', () => {
  const word = fc.string({ maxLength: 6 }).filter((text) => text.trim() === text && !/[;=]/.test(text));
  fc.assert(
    fc.property(fc.dictionary(word, word, { maxKeys: 6, noNullPrototype: true }), (pairs) => {
      const keys = Object.keys(pairs);
      const text = keys.map((key) => `${key}=${pairs[key] ?? ''}`).join(';');
      assert.deepEqual(keyValues(text, { ...delimited, keys }), Object.values(pairs));
    }),
  );
});
