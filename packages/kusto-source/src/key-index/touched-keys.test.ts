import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TouchedKeys } from './touched-keys.ts';

describe('keys that were touched while a bootstrap ran', () => {
  it('are those since that bootstrap was first heard of, and none of before it', () => {
    const touched = new TouchedKeys();
    touched.touch('nobody reads');
    touched.begin('one');
    touched.touch('a');
    touched.begin('two');
    touched.touch('b');
    touched.begin('two');
    assert.deepEqual([...touched.since('one')], ['a', 'b']);
    assert.deepEqual([...touched.since('two')], ['b']);
    assert.deepEqual([...touched.since('unheard of')], []);
    touched.touch('a');
    assert.deepEqual([...touched.since('two')].sort(), ['a', 'b']);
    touched.end('one');
    assert.deepEqual([...touched.since('one')], [], 'it has ended');
    touched.end('two');
    touched.begin('three');
    assert.deepEqual([...touched.since('three')], []);
  });

  it('are forgotten when they are too many, never made up', () => {
    const touched = new TouchedKeys();
    touched.begin('s');
    for (let n = 0; n < 60_000; n += 1) touched.touch(`k${n}`);
    const left = touched.since('s');
    assert.ok(left.size <= 50_000 && left.has('k59999') && !left.has('k0'));
  });
});
