import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, constantFrom, property, string } from 'fast-check';
import '../testing/fixed-seed.ts';
import { behindBrackets, behindLiteral, tailStart } from './text-scan.ts';

test('a literal ends behind its quote, a comment behind its line', () => {
  const cases: readonly (readonly [text: string, rest: string])[] = [
    [`'a' b`, ' b'],
    [`'a\\'b' c`, ' c'],
    [`@'a\\' b`, ' b'],
    [`@"a""b" c`, ' c'],
    ['// x\ny', 'y'],
    ['```a\n`b``` c', ' c'],
    [`'open`, ''],
    ['plain', 'plain'],
  ];
  for (const [text, rest] of cases) assert.equal(text.slice(behindLiteral(text, 0)), rest, text);
});

test('brackets are matched over literals and comments', () => {
  const cases: readonly (readonly [text: string, whole: string | undefined])[] = [
    ['{a | b} c', '{a | b}'],
    [`{ print '}' } c`, `{ print '}' }`],
    ['{ // }\n } c', '{ // }\n }'],
    ['{ [ ( ) ] } c', '{ [ ( ) ] }'],
    ['{ ( } )', undefined],
    ['{ a', undefined],
  ];
  for (const [text, whole] of cases) {
    const end = behindBrackets(text, 0);
    assert.equal(end === undefined ? undefined : text.slice(0, end), whole, text);
  }
});

test('the tail of a command is its first bar outside of literals, brackets and queries of its own', () => {
  const cases: readonly (readonly [text: string, tail: string | undefined])[] = [
    ['.show tables | count', '| count'],
    ['.show tables', undefined],
    [`.show table ['a|b'] details | take 1`, '| take 1'],
    ['.set T <| U | take 1', undefined],
    ['.create function F() { T | take 1 }', undefined],
    ['.show tables // a | b\n| count', '| count'],
  ];
  for (const [text, tail] of cases) {
    const start = tailStart(text);
    assert.equal(start === undefined ? undefined : text.slice(start), tail, text);
  }
});

const characters = [
  "'",
  '"',
  '@',
  '\\',
  '`',
  '~',
  '/',
  '(',
  ')',
  '{',
  '}',
  '[',
  ']',
  '|',
  '<',
  '\n',
  ' ',
  'a',
];

test('scanning ends, whatever the text', () => {
  check(
    property(string({ unit: constantFrom(...characters) }), (text) => {
      const start = tailStart(text);
      if (start !== undefined) assert.equal(text.charAt(start), '|');
      const end = behindBrackets(text, 0);
      assert.ok(end === undefined || end <= text.length);
    }),
  );
});
