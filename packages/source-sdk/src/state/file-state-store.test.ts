import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { FileStateStore } from './file-state-store.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'state-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const MODULE = new URL('./file-state-store.ts', import.meta.url).href;

/** A process of its own that takes the directory, writes, and says so. */
async function child(path: string, script = ''): Promise<ChildProcess> {
  const code = `
    const { FileStateStore } = await import(${JSON.stringify(MODULE)});
    const store = await FileStateStore.open(${JSON.stringify(path)});
    ${script}
    process.stdout.write('ready\\n');
    setInterval(() => undefined, 1000);`;
  const process_ = spawn(process.execPath, ['--input-type=module', '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(process_.stdout, 'data');
  return process_;
}

describe('FileStateStore', () => {
  it('keeps values with versions', async () => {
    const store = await FileStateStore.open(directory);
    assert.equal(await store.get('a/b..%'), undefined);
    const first = await store.set('a/b..%', { n: 1 }, undefined);
    assert.deepEqual(await store.get('a/b..%'), { value: { n: 1 }, etag: first });
    await assert.rejects(store.set('a/b..%', { n: 9 }, undefined), { code: 'STATE_CONFLICT' });
    await assert.rejects(store.set('a/b..%', { n: 9 }, 'other'), { code: 'STATE_CONFLICT' });
    const second = await store.set('a/b..%', { n: 2 }, first);
    assert.notEqual(second, first);
    await assert.rejects(store.set('a/b..%', { n: 3 }, first), { code: 'STATE_CONFLICT' });
    await store.set('nothing', null, undefined);
    assert.equal((await store.get('nothing'))?.value, null);
    await store.delete('a/b..%');
    await store.delete('a/b..%');
    assert.equal(await store.get('a/b..%'), undefined);
    await store.close();
    assert.deepEqual(await readdir(directory), ['nothing.json'], 'neither lock nor temporary files stay');
  });

  it('gives one of many writes of one version the win', async () => {
    const store = await FileStateStore.open(directory);
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => store.set('k', n, undefined)),
    );
    assert.equal(results.filter((result) => result.status === 'fulfilled').length, 1);
    assert.equal((await store.get('k'))?.value, 0);
    await store.close();
  });

  it('is there again after the process', async () => {
    const store = await FileStateStore.open(directory);
    const etag = await store.set('k', { text: 'é😀' }, undefined);
    await store.close();
    const again = await FileStateStore.open(directory);
    assert.deepEqual(await again.get('k'), { value: { text: 'é😀' }, etag });
    await again.close();
  });

  it('says what is wrong with a damaged or newer file', async () => {
    const store = await FileStateStore.open(directory);
    for (const [text, code] of [
      ['{"format":1,"et', 'STATE_CORRUPT'],
      ['{"format":1}', 'STATE_CORRUPT'],
      ['{"format":2,"etag":"x","value":1}', 'STATE_TOO_NEW'],
    ] as const) {
      await writeFile(join(directory, 'k.json'), text);
      await assert.rejects(store.get('k'), { code, message: /k\.json/ });
    }
    await store.close();
  });

  it('belongs to one process', async () => {
    const owner = await child(directory);
    await assert.rejects(FileStateStore.open(directory), {
      code: 'STATE_LOCKED',
      message: new RegExp(`in use by process ${owner.pid}`),
    });
    owner.kill('SIGKILL');
    await once(owner, 'exit');
  });

  it('is free at once after SIGKILL of its owner, with what the owner wrote', async () => {
    const owner = await child(directory, `await store.set('k', 'written', undefined);`);
    owner.kill('SIGKILL');
    // Without a wait for its end: a killed process must not need to be reaped first.
    const deadline = Date.now() + 2_000;
    let store: FileStateStore | undefined;
    while (store === undefined) {
      store = await FileStateStore.open(directory).catch((error: unknown) => {
        if (Date.now() > deadline) throw error;
        return undefined;
      });
    }
    assert.equal((await store.get('k'))?.value, 'written');
    await store.close();
  });

  it('does not take a process that only has the same id for the owner', async () => {
    await writeFile(join(directory, 'lock'), JSON.stringify({ pid: process.pid, start: '1', token: 'old' }));
    const store = await FileStateStore.open(directory);
    await store.close();
  });

  it('gives a stale lock to one of several that want it', async () => {
    for (let round = 0; round < 30; round++) {
      // Left by a process that died as the owner, and by one that died while it took over from it.
      await writeFile(join(directory, 'lock'), JSON.stringify({ pid: process.pid, start: '1', token: 'a' }));
      if (round % 2 === 0)
        await writeFile(
          join(directory, 'lock.after.a'),
          JSON.stringify({ pid: process.pid, start: '2', token: 'b' }),
        );
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, () => FileStateStore.open(directory)),
      );
      const won = results.filter((result) => result.status === 'fulfilled');
      assert.equal(won.length, 1, `round ${round}`);
      for (const result of results)
        if (result.status === 'rejected') assert.equal(result.reason.code, 'STATE_LOCKED');
      await won[0]!.value.delete('k');
      await won[0]!.value.close();
      assert.deepEqual(await readdir(directory), []);
    }
  });

  it('gives it to one of several processes', async () => {
    await writeFile(join(directory, 'lock'), JSON.stringify({ pid: process.pid, start: '1', token: 'a' }));
    const script = `
      const { FileStateStore } = await import(${JSON.stringify(MODULE)});
      process.stdin.once('data', async () => {
        const answer = await FileStateStore.open(${JSON.stringify(directory)}).then(() => 'won', (error) => error.code);
        process.stdout.write(answer);
        setInterval(() => undefined, 1000);
      });
      process.stdout.write('ready');`;
    const rivals = Array.from({ length: 4 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
    );
    await Promise.all(rivals.map((rival) => once(rival.stdout, 'data')));
    const answers = rivals.map((rival) => once(rival.stdout, 'data'));
    for (const rival of rivals) rival.stdin.write('go');
    const results = (await Promise.all(answers)).map(([part]) => String(part)).sort();
    for (const rival of rivals) rival.kill('SIGKILL');
    assert.deepEqual(results, ['STATE_LOCKED', 'STATE_LOCKED', 'STATE_LOCKED', 'won']);
  });

  it('is not stopped by a lock file that lost its content', async () => {
    await writeFile(join(directory, 'lock'), '');
    const store = await FileStateStore.open(directory);
    await store.set('k', 1, undefined);
    await assert.rejects(FileStateStore.open(directory), { code: 'STATE_LOCKED' });
    await store.close();
  });

  it('stops writing when its lock was taken away', async () => {
    const store = await FileStateStore.open(directory);
    await writeFile(join(directory, 'lock'), JSON.stringify({ pid: 1, start: 'x', token: 'other' }));
    await assert.rejects(store.set('k', 1, undefined), {
      code: 'STATE_LOCKED',
      message: /taken away by process 1/,
    });
    await store.close();
    assert.match(
      await readFile(join(directory, 'lock'), 'utf8'),
      /other/,
      'the lock of the other is left alone',
    );
  });
});
