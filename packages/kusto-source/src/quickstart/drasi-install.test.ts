import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { defaultCacheDir, installDrasiEngine } from './drasi-install.ts';

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'drasi-kusto-install-'));
  context.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** A Python of which the script says what each use of it does: `-c` (version, import) and `-m pip`. */
async function fakePython(path: string, version: string, pip: string): Promise<string> {
  const python = join(path, 'fakepython');
  const script = `#!/bin/sh
echo "$*" >> '${path}/calls'
case "$*" in
  *version_info*) echo '${python}'; echo '${version}' ;;
  *'import drasi'*) test -e "$PYTHONPATH/drasi/__init__.py" ;;
  *) for target; do case "$target" in */drasi-lib-*) break ;; esac; done
     ${pip} ;;
esac
`;
  await writeFile(python, script);
  await chmod(python, 0o755);
  return python;
}

const install = 'mkdir -p "$target/drasi"; touch "$target/drasi/__init__.py"; echo "Successfully installed"';

void test('it is installed once, into a folder that appears whole', async (context) => {
  const path = await folder(context);
  const cacheDir = join(path, 'cache');
  const python = await fakePython(path, '3.12.1', install);
  const log: string[] = [];
  const first = await installDrasiEngine({ cacheDir, log: (line) => log.push(line), pythons: [python] });
  const packages = join(cacheDir, 'drasi-lib-0.3.0');
  assert.deepEqual(first, { available: true, python, pythonVersion: '3.12.1', packages });
  assert.deepEqual(await readdir(cacheDir), ['drasi-lib-0.3.0']);
  assert.ok(log.includes('Successfully installed'));

  log.length = 0;
  assert.deepEqual(
    await installDrasiEngine({ cacheDir, log: (line) => log.push(line), pythons: [python] }),
    first,
  );
  assert.deepEqual(log, []);
  const calls = (await readFile(join(path, 'calls'), 'utf8')).split('\n');
  assert.equal(calls.filter((call) => call.includes('pip install')).length, 1);
  assert.match(calls.join('\n'), /pip install .*drasi-lib==0\.3\.0/);
});

void test('two installations at once both end well', async (context) => {
  const path = await folder(context);
  const cacheDir = join(path, 'cache');
  const python = await fakePython(path, '3.11.0', install);
  const both = await Promise.all(
    [1, 2].map(() => installDrasiEngine({ cacheDir, log: () => {}, pythons: [python] })),
  );
  assert.ok(both.every(({ available }) => available));
  assert.deepEqual(await readdir(cacheDir), ['drasi-lib-0.3.0']);
});

void test('without a Python that is new enough the reason says so', async (context) => {
  const path = await folder(context);
  const old = await fakePython(path, '3.9.18', install);
  const answer = await installDrasiEngine({
    cacheDir: path,
    log: () => {},
    pythons: ['/nowhere/python3', old],
  });
  assert.deepEqual(answer, {
    available: false,
    reason: 'no Python 3.10 or newer was found (looked for python3)',
  });
});

void test('when pip fails the reason is its error, in one line, and nothing stays behind', async (context) => {
  const path = await folder(context);
  const cacheDir = join(path, 'cache');
  const python = await fakePython(
    path,
    '3.11.0',
    'mkdir -p "$target"; echo "ERROR: No matching distribution found" >&2; echo "[notice] more" >&2; exit 1',
  );
  assert.deepEqual(await installDrasiEngine({ cacheDir, log: () => {}, pythons: [python] }), {
    available: false,
    reason: 'pip could not install drasi-lib: ERROR: No matching distribution found',
  });
  assert.deepEqual(await readdir(cacheDir), []);
});

void test('a package that does not load is not kept', async (context) => {
  const path = await folder(context);
  const cacheDir = join(path, 'cache');
  const python = await fakePython(path, '3.11.0', 'mkdir -p "$target"');
  const answer = await installDrasiEngine({ cacheDir, log: () => {}, pythons: [python] });
  assert.ok(!answer.available);
  assert.match(answer.reason, /does not load here/);
  assert.deepEqual(await readdir(cacheDir), []);
});

void test('a pip that hangs is given up', async (context) => {
  const path = await folder(context);
  const python = await fakePython(path, '3.11.0', 'exec sleep 60');
  const answer = await installDrasiEngine({
    cacheDir: join(path, 'cache'),
    log: () => {},
    pythons: [python],
    timeoutMs: 500,
  });
  assert.ok(!answer.available);
  assert.match(answer.reason, /did not finish within/);
});

void test('the cache follows XDG_CACHE_HOME', () => {
  assert.equal(defaultCacheDir({ XDG_CACHE_HOME: '/var/cache/me' }), '/var/cache/me/drasi-kusto');
  assert.match(defaultCacheDir({}), /\/\.cache\/drasi-kusto$/);
});
