import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const bin = fileURLToPath(new URL('../bin/kusto-local.mjs', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

function start(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(args: readonly string[]): Promise<Ended> {
  const child = start(args);
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, errors };
}

/** Starts a server and waits for its ready line. */
async function serve(args: readonly string[]): Promise<{ child: ChildProcess; url: string }> {
  const child = start(['serve', '--port', '0', ...args]);
  assert.ok(child.stderr);
  for await (const line of createInterface({ input: child.stderr })) {
    const found = /^kusto-local listening on (http:\/\/127\.0\.0\.1:\d+) /.exec(line);
    if (found?.[1] !== undefined) return { child, url: found[1] };
    throw new Error(`unexpected line: ${line}`);
  }
  throw new Error('the server ended');
}

async function mgmt(url: string, csl: string): Promise<string> {
  const response = await fetch(`${url}/v1/rest/mgmt`, {
    method: 'POST',
    body: JSON.stringify({ csl }),
    headers: { 'content-type': 'application/json' },
  });
  return response.text();
}

test('serve: a ready line, answers, a clean stop that keeps the data, and the same data again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kusto-local-cli-'));
  try {
    for (const [signal, expected] of [
      ['SIGTERM', /"Rows":\[\]/],
      ['SIGINT', /"Rows":\[\["Kept"/],
    ] as const) {
      const { child, url } = await serve(['--data', folder]);
      assert.match(await mgmt(url, '.show tables'), expected);
      await mgmt(url, '.create table Kept (a: long)');
      child.kill(signal);
      const [code] = (await once(child, 'exit')) as [number | null];
      assert.equal(code, 0);
      assert.deepEqual(await readdir(folder), ['NetDefaultDB.duckdb']);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('serve: a token, faults of a file, a service without cursors, no /admin', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kusto-local-cli-'));
  const file = join(folder, 'faults.json');
  await writeFile(file, JSON.stringify([{ kind: 'query', nth: 1, action: { status: 503 } }]));
  const { child, url } = await serve(
    ['--token', 'secret', '--faults', file, '--no-cursors', '--no-admin', '--latency', '1ms'].concat([
      '--cursor-lag',
      '1s',
      '--weak-consistency',
      '5s',
      '--no-truncation',
      '--read-only-token',
      'reader',
    ]),
  );
  try {
    const ask = async (csl: string, token: string): Promise<[number, string]> => {
      const response = await fetch(`${url}/v2/rest/query`, {
        method: 'POST',
        body: JSON.stringify({ csl }),
        headers: { authorization: `Bearer ${token}` },
      });
      return [response.status, await response.text()];
    };
    assert.equal((await ask('print 1', 'wrong'))[0], 401);
    assert.equal((await ask('print 1', 'reader'))[0], 503);
    assert.match(
      (await ask('range i from 1 to 500001 step 1 | where i > 500000', 'reader'))[1],
      /\[500001\]/,
    );
    assert.match((await ask('print cursor_current()', 'secret'))[1], /no database cursors/);
    const admin = await fetch(`${url}/admin/faults`, { headers: { authorization: 'Bearer secret' } });
    assert.equal(admin.status, 404);
    await writeFile(file, '[{"action": {}}]');
    const wrong = await run(['serve', '--port', '0', '--faults', file]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.errors, /^kusto-local: --faults .*Fault rule 1: action says nothing/);
    const nowhere = join(folder, 'nowhere');
    for (const option of ['--faults', '--allow-folder']) {
      const missing = await run(['serve', '--port', '0', option, nowhere]);
      assert.equal(missing.code, 1);
      const what = option === '--faults' ? 'file' : 'folder';
      assert.equal(missing.errors, `kusto-local: ${option} ${nowhere}: there is no such ${what}\n`);
    }
    const duration = await run(['serve', '--cursor-lag', 'soon']);
    assert.equal(duration.code, 2);
    assert.match(duration.errors, /A duration is a number and a unit/);
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
    await rm(folder, { recursive: true });
  }
});

test('a port in use: one clear line, exit code 1', async () => {
  const { child, url } = await serve([]);
  const port = new URL(url).port;
  try {
    assert.deepEqual(await run(['serve', '--port', port]), {
      code: 1,
      output: '',
      errors: `kusto-local: port ${port} is in use; choose another with --port\n`,
    });
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
});

test('wrong options exit with 2 and say which; --version and --help with 0', async () => {
  const [port, size, unknown, version, help] = await Promise.all([
    run(['serve', '--port', 'x']),
    run(['serve', '--memory-limit', 'lots']),
    run(['serve', '--prot', '1']),
    run(['--version']),
    run(['serve', '--help']),
  ]);
  assert.deepEqual([port.code, size.code, unknown.code], [2, 2, 2]);
  assert.match(port.errors, /'--port <port>' argument 'x' is invalid. A port is a whole number/);
  assert.match(size.errors, /A size is a number and a unit/);
  assert.match(unknown.errors, /unknown option '--prot'/);
  assert.deepEqual([version.code, version.output], [0, '0.1.0\n']);
  assert.equal(help.code, 0);
  assert.doesNotMatch(help.output, /\[\]/);
  assert.match(help.output, /Examples:\n  kusto-local serve/);
});
