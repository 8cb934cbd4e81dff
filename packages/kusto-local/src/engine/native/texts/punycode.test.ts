import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { decodePunycode, encodePunycode } from './punycode.ts';

describe('Punycode', () => {
  it('matches the samples of RFC 3492', () => {
    const samples: Readonly<Record<string, string>> = {
      他们为什么不说中文: 'ihqwcrb4cv8a8dqg056pqjye',
      Pročprostěnemluvíčesky: 'Proprostnemluvesky-uyb24dma41a',
      ひとつ屋根の下2: '2-u9tlzr9756bt3uc0v',
      '-> $1.00 <-': '-> $1.00 <--',
    };
    for (const [text, encoded] of Object.entries(samples)) {
      assert.equal(encodePunycode(text), encoded);
      assert.equal(decodePunycode(encoded), text);
    }
  });

  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        assert.equal(decodePunycode(encodePunycode(text) ?? ''), text);
      }),
    );
  });

  it('does not decode other texts', () => {
    for (const text of ['é', 'a b!', '99999999999999']) assert.equal(decodePunycode(text), undefined, text);
  });
});
