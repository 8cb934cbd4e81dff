import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const packages = {
  'drasi-kusto-kusto-client': '@drasi-kusto/kusto-client',
  'drasi-kusto-source-sdk': '@drasi-kusto/source-sdk',
  'drasi-kusto-kusto-source': '@drasi-kusto/kusto-source',
  'kusto-local': 'kusto-local',
};

let folder: string;

/** The packages' archives unpacked as npm would, beside the dependencies that are installed here. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packages-'));
  await run(process.execPath, ['scripts/pack.mjs', join(folder, 'dist')], { cwd: root });
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@drasi-kusto'), { recursive: true });
  const own = new Set(['@drasi-kusto', 'kusto-local']);
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!own.has(name)) await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  for (const [archive, name] of Object.entries(packages)) {
    const target = join(modules, name);
    await mkdir(target);
    const file = join(folder, 'dist', `${archive}-0.1.0.tgz`);
    await run('tar', ['xzf', file, '-C', target, '--strip-components=1']);
  }
});

after(() => rm(folder, { recursive: true }));

test('an installed package runs: its commands, its code, its thread', async () => {
  for (const [name, bin] of [
    ['kusto-local', 'kusto-local.mjs'],
    ['@drasi-kusto/kusto-source', 'drasi-kusto.mjs'],
  ] as const) {
    const { stdout } = await run(process.execPath, [
      join(folder, 'node_modules', name, 'bin', bin),
      '--version',
    ]);
    assert.equal(stdout, '0.1.0\n', name);
  }
  await writeFile(
    join(folder, 'use.mjs'),
    `import { startKustoLocal } from 'kusto-local';
     await Promise.all(['@drasi-kusto/kusto-source', '@drasi-kusto/source-sdk'].map((name) => import(name)));
     const kusto = await startKustoLocal();
     console.log((await kusto.execute('NetDefaultDB', 'print 40 + 2')).rows[0][0]);
     await kusto.close();`,
  );
  assert.equal((await run(process.execPath, [join(folder, 'use.mjs')])).stdout, '42n\n');
});

test('its types are found', async () => {
  await writeFile(
    join(folder, 'use.mts'),
    `import { startKustoLocal, type KustoLocal } from 'kusto-local';
     const kusto: KustoLocal = await startKustoLocal({ port: 0 });
     // @ts-expect-error -- a database's name is a string
     await kusto.execute(1, 'print 1');
     const { rows } = await kusto.execute('NetDefaultDB', 'print 1');
     rows.map((row) => row.length.toFixed());`,
  );
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'esnext'];
  await run(join(root, 'node_modules', '.bin', 'tsc'), [...options, 'use.mts'], { cwd: folder });
});

test('an archive has no tests', async () => {
  for (const name of Object.values(packages)) {
    const files = await readdir(join(folder, 'node_modules', name), { recursive: true });
    assert.ok(files.includes(join('src', 'index.js')), name);
    assert.ok(files.includes('LICENSE'), name);
    assert.deepEqual(
      files.filter((file) => /\.test\.|\/testing\b/.test(file)),
      [],
      name,
    );
  }
});
