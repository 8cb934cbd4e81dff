import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { RegexError, translateRegex } from './regex.ts';

describe('regular expressions for RE2', () => {
  it('hands on what both know', () => {
    const same = [
      'a.c',
      'a{2,3}?',
      '[^a-z]',
      '(?:x|y)*',
      '(?i)a',
      String.raw`\.\n\x41\z`,
      '[[:alpha:]_]',
      String.raw`\p{Greek}`,
    ];
    for (const text of same) {
      assert.deepEqual(translateRegex(text), { pattern: text, asciiOnly: false, groups: [] }, text);
    }
  });

  it('counts groups and their names', () => {
    assert.deepEqual(translateRegex('(a)(?:b)(?P<x>c)(?<y>d)').groups, [undefined, 'x', 'y']);
    assert.equal(translateRegex('(?<y>d)').pattern, '(?P<y>d)');
    assert.deepEqual(translateRegex(String.raw`\(a[(]`).groups, []);
  });

  it('spells shorthand classes out', () => {
    assert.equal(translateRegex(String.raw`\d`).pattern, String.raw`[\p{Nd}]`);
    assert.equal(translateRegex(String.raw`[\d,]`).pattern, String.raw`[\p{Nd},]`);
    assert.equal(translateRegex(String.raw`\D`).pattern, String.raw`\P{Nd}`);
    assert.equal(
      translateRegex(String.raw`\u00e9\u{e9}\U000000e9`).pattern,
      String.raw`\x{00e9}\x{e9}\x{000000e9}`,
    );
    assert.equal(translateRegex(String.raw`\p{Letter}`).pattern, String.raw`\p{L}`);
  });

  it('says where only ASCII is right', () => {
    assert.equal(translateRegex(String.raw`\bx\b`).asciiOnly, true);
    assert.equal(translateRegex(String.raw`[\W_]`).asciiOnly, true);
    assert.equal(translateRegex(String.raw`\W`).asciiOnly, false);
  });

  it('refuses what RE2 does not have', () => {
    for (const text of [
      '(?x)a',
      '(?=a)',
      '[a&&b]',
      '[a--b]',
      '(a',
      'a)',
      '(?i)a)',
      'a)|(b',
      '[a[b]]',
      String.raw`[\b]`,
      String.raw`\b{start}`,
      String.raw`\<`,
      '[a',
      String.raw`\Qa\E`,
      String.raw`\C`,
    ]) {
      assert.throws(() => translateRegex(text), RegexError, text);
    }
  });

  it('ends on any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...Array.from(String.raw`\[](){}?P<>^:adwWb-&i`)) }),
        (text) => {
          try {
            translateRegex(text);
          } catch (error) {
            assert.ok(error instanceof RegexError);
          }
        },
      ),
    );
  });
});
