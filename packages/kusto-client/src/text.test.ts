import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { isCommand, isShowCommand, quoteIdentifier, stringLiteral } from './text.ts';

/**
 * Reads a quoted text as KQL's lexer does: a backslash takes the next character with it, the closing quote ends the literal, a line
 * break inside is an error. Written apart from the code under test.
 */
function lex(text: string, quote: string): string {
  assert.equal(text[0], quote);
  let out = '';
  for (let at = 1; at < text.length; at++) {
    const char = text[at]!;
    if (char === quote) {
      assert.equal(at, text.length - 1, 'the literal ends before its text does');
      return out;
    }
    // oxlint-disable-next-line no-control-regex
    assert.doesNotMatch(char, /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/, 'a raw control character');
    if (char !== '\\') {
      out += char;
      continue;
    }
    const next = text[++at]!;
    if (next === 'u') {
      const hex = text.slice(at + 1, at + 5);
      assert.match(hex, /^[\da-f]{4}$/);
      out += String.fromCharCode(Number.parseInt(hex, 16));
      at += 4;
    } else {
      const known = { n: '\n', r: '\r', t: '\t', "'": "'", '"': '"', '\\': '\\' }[next];
      assert.notEqual(known, undefined, `unknown escape \\${next}`);
      out += known;
    }
  }
  return assert.fail('the literal has no end');
}

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      "'",
      '"',
      '\\',
      '\n',
      '\r',
      '\t',
      '\0',
      ']',
      '[',
      ';',
      '/',
      '\u2028',
      '\ud800',
      'a',
      '😀',
    ),
  }),
);

describe('quoting', () => {
  test('any text comes back through the lexer', () => {
    fc.assert(
      fc.property(nasty, (text) => {
        assert.equal(lex(stringLiteral(text), '"'), text);
        const name = quoteIdentifier(text);
        assert.match(name, /^\['.*'\]$/s);
        assert.equal(lex(name.slice(1, -1), "'"), text);
      }),
      { numRuns: 2000 },
    );
  });

  test('plain text stays readable', () => {
    assert.equal(quoteIdentifier('Größe [m]'), "['Größe [m]']");
    assert.equal(quoteIdentifier("O'Neil\\x"), "['O\\'Neil\\\\x']");
    assert.equal(stringLiteral('say "hi"\n'), '"say \\"hi\\"\\n"');
  });
});

test('commands are told from queries behind comments and white space', () => {
  for (const text of ['.show tables', ' \n.drop', '// c\n.drop', '//a\r//b\n\t.drop'])
    assert.equal(isCommand(text), true, text);
  for (const text of ['T', 'print ".show"', '// .show', '', 'T\n.show'])
    assert.equal(isCommand(text), false, text);
  for (const text of ['.show tables', '.SHOW table T', '// c\n.show'])
    assert.equal(isShowCommand(text), true, text);
  for (const text of ['.showx', '.show-x', '.drop', 'show', ''])
    assert.equal(isShowCommand(text), false, text);
});
