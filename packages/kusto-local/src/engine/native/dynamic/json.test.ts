import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import {
  canonical,
  kindOf,
  numberOf,
  readJson,
  realLeaf,
  stringOf,
  textOf,
  tryReadJson,
  writeJson,
} from './json.ts';

describe('JSON that keeps its leaves', () => {
  it('writes what it reads, without spaces', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        assert.equal(writeJson(readJson(text)), JSON.stringify(value));
      }),
    );
  });

  it('keeps numbers as they are written', () => {
    for (const text of ['9223372036854775807', '1.0', '1e400', '-0', '0.10']) {
      assert.equal(writeJson(readJson(`[ ${text} ]`)), `[${text}]`);
    }
  });

  it('refuses what is no JSON', () => {
    for (const text of ['', '[1', '{"a"}', '{a:1}', '[1,]', '1 2', 'tru', "'a'", '[1}']) {
      assert.equal(tryReadJson(text), undefined, text);
    }
    assert.throws(() => readJson('['.repeat(5000)), RangeError);
  });

  it('equal values have one canonical text', () => {
    assert.equal(canonical(readJson('{"b":[1.0],"a":"\\u0041"}')), canonical(readJson('{"a":"A","b":[1]}')));
    assert.notEqual(canonical(readJson('9007199254740993')), canonical(readJson('9007199254740992')));
    assert.notEqual(canonical(readJson('"1"')), canonical(readJson('1')));
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [x, y] = [a, b].map((value) => canonical(readJson(JSON.stringify(value))));
        assert.equal(x === y, isSame(a, b));
      }),
    );
  });

  it('tells leaves apart', () => {
    assert.deepEqual(
      ['1', '"x"', 'null', 'false', '[]', '{}'].map((text) => kindOf(readJson(text))),
      ['number', 'string', 'null', 'bool', 'array', 'bag'],
    );
    assert.equal(stringOf(readJson('"a\\n"')), 'a\n');
    assert.equal(numberOf(readJson('1.5')), 1.5);
    assert.equal(numberOf(readJson('"1"')), undefined);
    assert.equal(textOf(readJson('null')), '');
    assert.deepEqual([2, 0.5, Number.NaN, -Infinity].map(realLeaf), ['2.0', '0.5', '"NaN"', '"-Infinity"']);
  });
});

function isSame(a: unknown, b: unknown): boolean {
  try {
    assert.deepEqual(a, b);
    return true;
  } catch {
    return false;
  }
}
