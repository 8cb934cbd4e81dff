import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Mutation } from './mutation.ts';
import { runTests, type TestEnd } from './run-tests.ts';
import { Sandbox } from './sandbox.ts';

let root: string;
let sandbox: Sandbox;

const code = "export const guard = (): string => 'held';\n";
const test = `
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guard } from 'a';
describe('the guard', () => {
  it('holds (R0)', () => assert.equal(guard(), 'held'));
  it('ends', async () => {
    if (guard() === 'stuck') await new Promise((resolve) => setTimeout(resolve, 600_000));
  });
});
`;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'mutations-test-'));
  for (const name of ['a', 'b']) await mkdir(join(root, 'packages', name, 'src'), { recursive: true });
  await writeFile(
    join(root, 'packages/a/package.json'),
    '{"name":"a","type":"module","exports":"./src/a.ts"}',
  );
  await writeFile(join(root, 'packages/b/package.json'), '{"name":"b","type":"module"}');
  await writeFile(join(root, 'packages/a/src/a.ts'), code);
  await writeFile(join(root, 'packages/b/src/b.test.ts'), test);
  await mkdir(join(root, 'node_modules'));
  await symlink('../packages/a', join(root, 'node_modules/a'));
  sandbox = await Sandbox.create(root);
});

after(async () => {
  await sandbox.remove();
  await rm(root, { recursive: true });
});

const run = (titles: readonly string[], limitMs = 60_000): Promise<TestEnd> =>
  runTests(sandbox, 'b/src/b.test.ts', titles, limitMs);

const mutation = (replace: string): Mutation => ({
  name: 'the guard is gone',
  breaks: 'R0',
  file: 'a/src/a.ts',
  find: "'held'",
  replace,
  caughtBy: [],
});

describe('a run of named tests', () => {
  it('passes as long as nothing is missing, and says which tests there were', async () => {
    const end = await run(['holds (R0)']);
    assert.equal(end.kind, 'passed');
    assert.deepEqual(end.kind === 'passed' && end.titles, ['holds (R0)', 'the guard']);
    const none = await run(['no such test']);
    assert.deepEqual(none, { kind: 'passed', titles: [] });
  });

  it('fails when another package of the copy has lost its protection, which the original keeps', async () => {
    const end = await sandbox.with(mutation("'lost'"), () => run(['holds (R0)']));
    assert.deepEqual(end, { kind: 'failed', title: 'holds (R0)' });
    assert.equal(await readFile(join(root, 'packages/a/src/a.ts'), 'utf8'), code);
    assert.equal((await run(['holds (R0)'])).kind, 'passed');
  });

  it('that never ends is ended', async () => {
    const end = await sandbox.with(mutation("'stuck'"), () => run(['ends'], 3_000));
    assert.equal(end.kind, 'hung');
  });

  it('tells code that does not load from a test that fails', async () => {
    const end = await sandbox.with(mutation("'held"), () => run(['holds (R0)']));
    assert.equal(end.kind, 'broken');
  });
});
