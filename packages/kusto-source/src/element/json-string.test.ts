import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { appendText, copyJsonString, quoteUtf8, unescapeJsonString } from './json-string.ts';
import { OutputBuffer } from './output-buffer.ts';
import { anyText, stringToken } from './testing/arbitraries.ts';

const spelling = fc.array(fc.boolean(), { maxLength: 5 });
const ASCII = /^[ -\u007f]*$/;

function copied(token: string | Uint8Array): string {
  const bytes = Buffer.concat([Buffer.from('xx'), Buffer.from(token as string), Buffer.from('"y')]);
  const out = new OutputBuffer(1);
  const end = bytes.length - 2;
  assert.equal(copyJsonString(bytes, 2, end, out), end);
  const text = out.take().toString('latin1');
  assert.match(text, ASCII);
  return text;
}

describe('copyJsonString', () => {
  test('keeps the text, well-formed, in ASCII', () => {
    fc.assert(
      fc.property(anyText, spelling, (text, spelling) => {
        assert.equal(JSON.parse(copied(stringToken(text, spelling))), text.toWellFormed());
      }),
      { numRuns: 2000 },
    );
  });

  test('keeps escapes as they are', () => {
    const token = String.raw`"\"\\\/\b\f\n\r\t\u00E9\u00e9\ud83d\uDE00\u0000"`;
    assert.equal(copied(token), token);
  });

  test('writes what is beyond ASCII as escapes', () => {
    assert.equal(copied('"é東😀\u007f"'), '"\\u00e9\\u6771\\ud83d\\ude00\u007f"');
  });

  test('replaces the escape of half a surrogate pair', () => {
    assert.equal(copied(String.raw`"\ud83d"`), String.raw`"\ufffd"`);
    assert.equal(copied(String.raw`"\uDE00\uD83D\n"`), String.raw`"\ufffd\ufffd\n"`);
    assert.equal(copied(String.raw`"\ud83d\ud83d\ude00"`), String.raw`"\ufffd\ud83d\ude00"`);
    assert.equal(copied(String.raw`"\\ud83d"`), String.raw`"\\ud83d"`);
    assert.equal(copied('"\\ud83d😀"'), String.raw`"\ufffd\ud83d\ude00"`);
  });

  test('replaces broken UTF-8 as TextDecoder does', () => {
    const byte = fc.oneof(
      fc.integer({ min: 0x80, max: 0xff }),
      fc.constantFrom(0x61, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0xf5),
    );
    fc.assert(
      fc.property(fc.array(byte, { maxLength: 12 }), (bytes) => {
        const token = Buffer.from([0x22, ...bytes, 0x22]);
        const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
        assert.equal(JSON.parse(copied(token)), decoder.decode(Buffer.from(bytes)));
      }),
      { numRuns: 5000 },
    );
  });

  test('tells what is no JSON string', () => {
    for (const token of ['"', '"abc', '"\\"', '"\\', '"\\x"', '"\\u12g4"', '"\\u12', '"a\nb"', '"\u0000"']) {
      const bytes = Buffer.from(token);
      assert.equal(copyJsonString(bytes, 0, bytes.length, new OutputBuffer(4)), -1, JSON.stringify(token));
    }
  });

  test('stops at the closing quote', () => {
    assert.equal(copyJsonString(Buffer.from('"ab","c"'), 0, 8, new OutputBuffer(4)), 4);
  });
});

describe('unescapeJsonString', () => {
  test('writes the text in UTF-8', () => {
    fc.assert(
      fc.property(anyText, spelling, (text, spelling) => {
        const bytes = Buffer.from(`zz${stringToken(text, spelling)}\\zz`);
        const out = new OutputBuffer(1);
        unescapeJsonString(bytes, 2, bytes.length - 3, out);
        assert.equal(out.take().toString('utf8'), text.toWellFormed());
      }),
      { numRuns: 2000 },
    );
  });
});

describe('appendText and quoteUtf8', () => {
  test('write text in the one form that JSON.stringify and ASCII allow', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const canonical = JSON.stringify(text.toWellFormed());
        const out = new OutputBuffer(1);
        appendText(text, out);
        const inside = out.take().toString('latin1');
        assert.match(inside, ASCII);
        assert.equal(JSON.parse(`"${inside}"`), text.toWellFormed());
        if (ASCII.test(canonical) && !canonical.includes('\u007f')) assert.equal(`"${inside}"`, canonical);

        const bytes = Buffer.from(text, 'utf8');
        quoteUtf8(bytes, 0, bytes.length, out);
        const quoted = out.take().toString('latin1');
        assert.match(quoted, ASCII);
        assert.equal(JSON.parse(quoted), bytes.toString('utf8'));
      }),
      { numRuns: 2000 },
    );
  });
});
