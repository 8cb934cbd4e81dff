import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { once } from 'node:events';
import { cached, sourceKey } from './cache.ts';

const here = fileURLToPath(new URL('cache.ts', import.meta.url));

describe('the cache of builds', () => {
  let cacheDir: string;
  before(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'neighbours-cache-'));
  });
  after(() => rm(cacheDir, { recursive: true }));
  const entry = (key: readonly string[], text: string, made: string[] = []): Promise<string> =>
    cached({
      cacheDir,
      name: 'thing',
      key,
      log: () => {},
      make: async (folder) => {
        made.push(text);
        await writeFile(join(folder, 'text'), text);
      },
    });

  it('makes an entry once for a key, and another for another key', async () => {
    const made: string[] = [];
    const first = await entry(['a'], 'one', made);
    assert.equal(await entry(['a'], 'two', made), first);
    assert.notEqual(await entry(['a', ''], 'three', made), first);
    assert.deepEqual(made, ['one', 'three']);
    assert.equal(await readFile(join(first, 'text'), 'utf8'), 'one');
  });

  it('leaves nothing of a build that failed, and tries it again', async () => {
    const failing = cached({
      cacheDir,
      name: 'thing',
      key: ['fails'],
      log: () => {},
      make: async (folder) => {
        await writeFile(join(folder, 'half'), '');
        throw new Error('the compiler is unhappy');
      },
    });
    await assert.rejects(failing, /unhappy/);
    const folder = await entry(['fails'], 'well');
    assert.deepEqual(await readdir(folder), ['text']);
    assert.ok((await readdir(cacheDir)).every((name) => !name.endsWith('.building')));
  });

  it('lets two runs build one after the other, and the second find what the first has built', async () => {
    const script = join(cacheDir, 'other.ts');
    await writeFile(
      script,
      `import { cached } from ${JSON.stringify(here)};
       import { writeFile } from 'node:fs/promises';
       await cached({ cacheDir: ${JSON.stringify(cacheDir)}, name: 'thing', key: ['shared'], log: () => {},
         make: async (folder) => {
           process.send('building');
           await new Promise((resolve) => process.once('message', resolve));
           await writeFile(folder + '/text', 'theirs');
         } });
       process.disconnect();`,
    );
    const other = fork(script, { execArgv: [] });
    await once(other, 'message');
    const logged: string[] = [];
    const ours = cached({
      cacheDir,
      name: 'thing',
      key: ['shared'],
      log: (line) => logged.push(line),
      make: (folder) => writeFile(join(folder, 'text'), 'ours'),
    });
    while (logged.length === 0) await wait(10);
    other.send('go on');
    assert.equal(await readFile(join(await ours, 'text'), 'utf8'), 'theirs');
    assert.match(logged.join(), /another run/);
  });

  it('has another key after any change of a source, its name or a removal', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'neighbours-sources-'));
    try {
      const keys = new Set<string>();
      const add = async (): Promise<void> =>
        void keys.add(JSON.stringify(await sourceKey(folder, ['target'])));
      await writeFile(join(folder, 'a'), '1');
      await add();
      await writeFile(join(folder, 'a'), '2');
      await add();
      await writeFile(join(folder, 'b'), '2');
      await add();
      await rm(join(folder, 'a'));
      await add();
      assert.equal(keys.size, 4);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
