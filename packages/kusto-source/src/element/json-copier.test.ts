import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { isFiniteNumber, JsonCopier, MAX_NESTING } from './json-copier.ts';
import { OutputBuffer } from './output-buffer.ts';
import { brokenJson, json } from './testing/arbitraries.ts';
import { parseExactly } from './testing/reference.ts';

const copier = new JsonCopier();

/** The copy, or undefined when it was refused. */
function copy(text: string): string | undefined {
  const bytes = Buffer.from(`]${text}]`);
  const out = new OutputBuffer(1);
  out.appendByte(0x21);
  const isCopied = copier.copy(bytes, 1, bytes.length - 1, out);
  const written = out.take().toString('latin1');
  assert.equal(written[0], '!');
  if (!isCopied) assert.equal(written, '!', 'a refusal writes nothing');
  return isCopied ? written.slice(1) : undefined;
}

function isJsonContainer(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
}

describe('JsonCopier', () => {
  test('keeps values, numbers to the digit, without space and in ASCII', () => {
    fc.assert(
      fc.property(json, (text) => {
        const copied = copy(text);
        assert.ok(copied !== undefined);
        assert.match(copied, /^[ -\u007f]*$/);
        assert.deepEqual(parseExactly(copied), parseExactly(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('refuses exactly what JSON.parse refuses', () => {
    fc.assert(
      fc.property(brokenJson, (text) => {
        assert.equal(copy(text) !== undefined, isJsonContainer(text));
      }),
      { numRuns: 5000 },
    );
  });

  test('refuses malformed text of every kind', () => {
    const malformed = [
      '',
      ' ',
      '5',
      '"a"',
      'null',
      '{',
      '[',
      '}',
      '[}',
      '{]',
      '[1',
      '[1,',
      '[1,]',
      '[,1]',
      '[1 2]',
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      '{a:1}',
      '{1:1}',
      '{"a" 1}',
      '[1]]',
      '[1] x',
      '[1][2]',
      '[01]',
      '[1.]',
      '[.5]',
      '[-]',
      '[+1]',
      '[1e]',
      '[1e+]',
      '[NaN]',
      '[nul]',
      '[nulll]',
      '[True]',
      '["a]',
      '["\t"]',
      "['a']",
      '[1/**/]',
      '\u00a0[]',
      '\uFEFF[]',
    ];
    for (const text of malformed) {
      assert.ok(!isJsonContainer(text), `JSON.parse takes ${text}`);
      assert.equal(copy(text), undefined, text);
    }
  });

  test('takes white space out, line ends above all', () => {
    assert.equal(copy(' {\n"a b" : [ 1 ,\r\n\t{ } , [ ] ] }\n'), '{"a b":[1,{},[]]}');
  });

  test('stops where serde_json would', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    assert.equal(copy(nested(MAX_NESTING)), nested(MAX_NESTING));
    assert.equal(copy(nested(MAX_NESTING + 1)), undefined);
    const objects = '{"a":'.repeat(MAX_NESTING) + '1' + '}'.repeat(MAX_NESTING);
    assert.equal(copy(objects), objects);
    assert.equal(copy(`[${objects}]`), undefined);
  });

  test('refuses numbers beyond the doubles', () => {
    assert.equal(copy('[1e999]'), undefined);
    assert.equal(copy(`[${'9'.repeat(400)}]`), undefined);
    assert.equal(
      copy('[1e-999,1.7e308,-123456789012345678901234567890]'),
      '[1e-999,1.7e308,-123456789012345678901234567890]',
    );
  });
});

test('isFiniteNumber looks at its own bytes only', () => {
  const bytes = Buffer.from('e1e999e1', 'latin1');
  assert.equal(isFiniteNumber(bytes, 1, 2), true);
  assert.equal(isFiniteNumber(bytes, 1, 4), true);
  assert.equal(isFiniteNumber(bytes, 1, 6), false);
});
