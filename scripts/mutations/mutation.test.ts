import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { mutated, type Mutation } from './mutation.ts';
import { mutations } from './table/index.ts';

const packages = join(import.meta.dirname, '..', '..', 'packages');

describe('the mutations', () => {
  it('fit the code: each finds its text once, and tests to notice it', async () => {
    for (const mutation of mutations) {
      const source = await readFile(join(packages, mutation.file), 'utf8');
      assert.notEqual(mutated(source, mutation), source, mutation.name);
      assert.ok(mutation.caughtBy.length > 0, mutation.name);
      for (const { file } of mutation.caughtBy) await access(join(packages, file));
    }
  });

  it('have a name each', () => {
    const names = mutations.map(({ name, breaks }) => `${breaks}: ${name}`);
    assert.deepEqual(
      names.filter((name, place) => names.indexOf(name) !== place),
      [],
    );
  });

  it('are refused when the code has changed', () => {
    const mutation: Mutation = {
      name: 'the guard is gone',
      breaks: 'R0',
      file: 'a.ts',
      find: 'guard();',
      replace: '',
      caughtBy: [],
    };
    assert.equal(mutated('begin(); guard(); end();', mutation), 'begin();  end();');
    assert.throws(() => mutated('begin(); end();', mutation), /guard is gone.*not the text.*guard\(\)/);
    assert.throws(() => mutated('guard(); guard();', mutation), /more than once/);
  });
});
