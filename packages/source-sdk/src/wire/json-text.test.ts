import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Float } from '../elements.ts';
import type { PropertyValue } from '../elements.ts';
import { FatalSourceError } from '../errors.ts';
import { MAX_DEPTH, floatText, mapText, stringText, valueText } from './json-text.ts';

const text = (value: PropertyValue): string => valueText(value, 'p');
// serde_json's rule for what is a floating point number.
const isFloatText = (json: string): boolean => /[.eE]/.test(json);
// oxlint-disable-next-line no-control-regex
const ASCII = /^[\u0020-\u007e]*$/;
const anyString = fc.string({ unit: 'binary', maxLength: 40 });
const illFormed = fc
  .array(fc.integer({ min: 0xd700, max: 0xe010 }), { maxLength: 12 })
  .map((units) => String.fromCharCode(...units));

describe('stringText', () => {
  it('is ASCII and reads back as the same string', () => {
    fc.assert(
      fc.property(anyString, (value) => {
        const json = stringText(value);
        assert.match(json, ASCII);
        assert.equal(JSON.parse(json), value);
      }),
      { numRuns: 1000 },
    );
  });

  it('replaces half a surrogate pair, which serde_json does not parse', () => {
    assert.equal(stringText('a\ud800b'), String.raw`"a\ufffdb"`);
    fc.assert(
      fc.property(illFormed, (value) => {
        const json = stringText(value);
        assert.match(json, ASCII);
        assert.equal(JSON.parse(json), value.toWellFormed());
      }),
    );
  });

  it('escapes what JSON and ASCII need', () => {
    assert.equal(
      stringText('"\\\n\u0000\u007f\u2028é😀'),
      String.raw`"\"\\\n\u0000\u007f\u2028\u00e9\ud83d\ude00"`,
    );
  });
});

describe('floatText', () => {
  it('always reads as a floating point number of the same value', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const json = floatText(value);
        assert.ok(isFloatText(json), json);
        assert.ok(Object.is(JSON.parse(json), value), json);
      }),
      { numRuns: 2000 },
    );
  });

  it('keeps integral values floats', () => {
    assert.equal(floatText(5), '5.0');
    assert.equal(floatText(-0), '-0.0');
    assert.equal(floatText(1e20), '100000000000000000000.0');
    assert.equal(floatText(1e21), '1e+21');
    assert.equal(floatText(1e-7), '1e-7');
  });

  it('has no text for what JSON lacks', () => {
    for (const value of [NaN, Infinity, -Infinity]) assert.equal(floatText(value), 'null');
  });
});

describe('valueText', () => {
  it('writes every 64-bit integer digit by digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        assert.equal(text(value), value.toString());
      }),
    );
    assert.equal(text(9007199254740993n), '9007199254740993');
  });

  it('refuses an integer that Drasi would round', () => {
    for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 10n ** 400n])
      assert.throws(() => text(value), {
        name: 'FatalSourceError',
        code: 'BAD_ELEMENT',
        message: /^p is -?\d+, outside/,
      });
  });

  it('writes an integral number as the integer it is, exactly', () => {
    assert.equal(text(-0), '0');
    assert.equal(text(2 ** 60), '1152921504606846976');
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const json = text(value);
        assert.equal(Number(json), value === 0 ? 0 : value);
        if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) assert.equal(BigInt(json), BigInt(value));
        else assert.ok(isFloatText(json), json);
      }),
      { numRuns: 1000 },
    );
  });

  it('reads back as the value, floats as floats', () => {
    const leaf = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      anyString,
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => new Float(value)),
    );
    const { tree } = fc.letrec<{ tree: PropertyValue }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }),
        fc.dictionary(anyString, tie('tree'), { maxKeys: 4 }),
      ),
    }));
    const plain = (value: PropertyValue): unknown => {
      if (value instanceof Float) return value.value;
      if (Array.isArray(value)) return (value as PropertyValue[]).map(plain);
      if (typeof value !== 'object' || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
    };
    fc.assert(
      fc.property(tree, (value) => {
        const json = text(value);
        assert.match(json, ASCII);
        assert.deepEqual(JSON.parse(json), plain(value));
      }),
      { numRuns: 500 },
    );
  });

  it('names the place of what it cannot write', () => {
    const bad: [unknown, RegExp][] = [
      [{ a: [1, undefined] }, /^p\.a\[1\] is of type undefined/],
      [[, 1], /^p\[0\] is of type undefined/], // oxlint-disable-line no-sparse-arrays
      [{ when: new Date(0) }, /^p\.when is an instance of Date/],
      [{ f: () => 1 }, /^p\.f is of type function/],
      [new Map(), /^p is an instance of Map/],
    ];
    for (const [value, message] of bad)
      assert.throws(() => text(value as PropertyValue), { code: 'BAD_ELEMENT', message });
  });

  it('stops before the nesting that breaks the parser, also in a cycle', () => {
    const nest = (levels: number): PropertyValue => (levels === 0 ? 1 : [nest(levels - 1)]);
    assert.equal(JSON.parse(text(nest(MAX_DEPTH))).flat(Infinity)[0], 1);
    assert.throws(() => text(nest(MAX_DEPTH + 1)), FatalSourceError);
    const cycle: { self?: PropertyValue } = {};
    cycle.self = cycle as PropertyValue;
    assert.throws(() => mapText(cycle, 'p'), /nested deeper/);
  });
});
