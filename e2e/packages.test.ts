import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  installArchives,
  reportFolder,
  writeReference,
  writeReports,
  type Installed,
} from '../scripts/api.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('..', import.meta.url));
const packages = [
  '@drasi-kusto/kusto-client',
  '@drasi-kusto/kusto-source',
  '@drasi-kusto/source-sdk',
  'kusto-local',
];

const commands = [
  ['kusto-local', 'kusto-local.mjs'],
  ['@drasi-kusto/kusto-source', 'drasi-kusto.mjs'],
] as const;

let folder: string;
let installed: readonly Installed[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packages-'));
  installed = await installArchives(folder);
});

after(() => rm(folder, { recursive: true }));

test('an installed package runs: its commands, its code, its thread', async () => {
  for (const [name, bin] of commands) {
    const { stdout } = await run(process.execPath, [
      join(folder, 'node_modules', name, 'bin', bin),
      '--version',
    ]);
    assert.equal(stdout, '0.1.0\n', name);
  }
  await writeFile(
    join(folder, 'use.mjs'),
    `import { startKustoLocal } from 'kusto-local';
     const sdk = ['', '/redis', '/opentelemetry'].map((entry) => '@drasi-kusto/source-sdk' + entry);
     await Promise.all([...sdk, '@drasi-kusto/kusto-source'].map((name) => import(name)));
     const kusto = await startKustoLocal();
     console.log((await kusto.execute('NetDefaultDB', 'print 40 + 2')).rows[0][0]);
     await kusto.close();`,
  );
  assert.equal((await run(process.execPath, [join(folder, 'use.mjs')])).stdout, '42n\n');
});

test('the oldest Node it names runs it', async () => {
  const oldest = join(folder, 'oldest');
  await mkdir(oldest);
  await writeFile(join(oldest, 'package.json'), '{"private":true,"allowScripts":{"node":true}}');
  await run('npm', ['install', '--no-audit', '--no-fund', 'node@~22.19.0'], { cwd: oldest });
  const node = join(oldest, 'node_modules', 'node', 'bin', 'node');
  assert.match((await run(node, ['--version'])).stdout, /^v22\.19\./);
  assert.equal((await run(node, [join(folder, 'use.mjs')])).stdout, '42n\n');
  for (const [name, bin] of commands)
    assert.equal(
      (await run(node, [join(folder, 'node_modules', name, 'bin', bin), '--version'])).stdout,
      '0.1.0\n',
    );
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
  for (const name of packages) {
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

test('publint and arethetypeswrong find nothing in an archive', async () => {
  const bin = (name: string): string => join(root, 'node_modules', '.bin', name);
  for (const { archive } of installed) {
    await run(bin('publint'), ['run', archive, '--strict', '--pack', 'false']).catch(failWithOutput);
    // The packages are ES modules alone: what a `require` of an older Node finds is not asked for.
    await run(bin('attw'), [archive, '--profile', 'esm-only', '--no-emoji']).catch(failWithOutput);
  }
});

test('the public API is the one that is checked in', async () => {
  const [reports, models] = [join(folder, 'reports'), join(folder, 'models')];
  await Promise.all([mkdir(reports), mkdir(models)]);
  assert.deepEqual(await writeReports(installed, reports, models), [], 'docstrings');
  const renew = 'changed: see whether that is meant, then run "npm run api" and commit docs/api';
  assert.deepEqual(
    await readdir(reports),
    await readdir(reportFolder),
    `the entries of the packages ${renew}`,
  );
  for (const file of await readdir(reports)) {
    const [now, before] = await Promise.all(
      [reports, reportFolder].map((place) => readFile(join(place, file), 'utf8')),
    );
    assert.equal(now, before, `docs/api/${file} ${renew}`);
  }
  const reference = join(folder, 'reference');
  await writeReference(models, reference);
  for (const page of ['source-sdk.reactivator.md', 'source-sdk-redis/source-sdk.redisstreampublisher.md'])
    assert.match(await readFile(join(reference, page), 'utf8'), /^## \w+ class/m);
});

function failWithOutput(error: Error & { readonly stdout?: string; readonly stderr?: string }): never {
  throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`, { cause: error });
}
