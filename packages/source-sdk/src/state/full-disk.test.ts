// A state directory whose file system is full: one clear error, nothing half written, and it goes on when there is room.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import type { ChangeBatch } from '../contracts.ts';
import { Reactivator } from '../reactivator/reactivator.ts';
import { FileStateStore } from './file-state-store.ts';

/** A file system of 64 KB in the memory of this machine; undefined where mounting is not allowed. */
async function smallDisk(): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'full-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', directory], { stdio: 'ignore' });
    return directory;
  } catch {
    await rm(directory, { recursive: true });
    return undefined;
  }
}

/** Undefined where there is none. */
const disk = await smallDisk();
const reason = 'mounting a file system is not allowed here';
const ballast = (): string => join(disk ?? '', 'ballast');

/** Takes all the room there is. */
async function fill(): Promise<void> {
  await writeFile(ballast(), Buffer.alloc(1_000_000)).catch((error: NodeJS.ErrnoException) =>
    assert.equal(error.code, 'ENOSPC'),
  );
}

const makeRoom = (): Promise<void> => rm(ballast(), { force: true });

describe('a full disk', { skip: disk === undefined ? reason : false, timeout: 60_000 }, () => {
  let directory = '';
  let count = 0;
  beforeEach(() => {
    count += 1;
    directory = join(disk ?? '', `state ${count}`);
  });
  afterEach(async () => {
    await makeRoom();
    await rm(directory, { recursive: true, force: true });
  });
  after(async () => {
    if (disk === undefined) return;
    execFileSync('umount', ['-l', disk], { stdio: 'ignore' });
    await rm(disk, { recursive: true });
  });

  it('refuses a write with an error that names the directory and what to do, and leaves nothing half written', async () => {
    const store = await FileStateStore.open(directory);
    const etag = await store.set('k', 'before', undefined);
    await fill();
    await assert.rejects(store.set('k', 'x'.repeat(40_000), etag), {
      code: 'STATE_UNAVAILABLE',
      message: new RegExp(`ENOSPC.*make room for the state directory ${directory}`),
    });
    assert.deepEqual(await store.get('k'), { value: 'before', etag });
    assert.deepEqual((await readdir(directory)).toSorted(), ['k.json', 'lock']);
    await makeRoom();
    const next = await store.set('k', 'after', etag);
    assert.deepEqual(await store.get('k'), { value: 'after', etag: next });
    await store.close();
  });

  it('can be freed by a delete', async () => {
    const store = await FileStateStore.open(directory);
    await store.set('old', 'x'.repeat(20_000), undefined);
    await fill();
    await store.delete('old');
    await store.set('new', 'y', undefined);
    assert.equal((await store.get('new'))?.value, 'y');
    await store.close();
  });

  it('at the start ends it with one error that names the directory, and leaves no file behind', async () => {
    const first = await FileStateStore.open(directory);
    await first.close();
    await fill();
    await assert.rejects(FileStateStore.open(directory), {
      code: 'STATE_UNAVAILABLE',
      message: new RegExp(`^the state directory ${directory} has no room .*: make room there`),
    });
    assert.deepEqual(await readdir(directory), []);
    await makeRoom();
    const store = await FileStateStore.open(directory);
    await store.close();
  });

  it('makes the feed wait, says so in a few lines, loses nothing, and ends when there is room', async () => {
    const store = await FileStateStore.open(directory);
    const published: unknown[] = [];
    const lines: string[] = [];
    const keep = (message: string, fields?: Record<string, unknown>): void => {
      lines.push(`${message} ${JSON.stringify(fields)}`);
    };
    const stop = new AbortController();
    const gate = Promise.withResolvers<void>();
    const reactivator = new Reactivator({
      sourceId: 's',
      fingerprint: 'f',
      state: store,
      publisher: {
        maxBatchBytes: 10_000,
        publish: async (changes) => void published.push(...changes),
        close: async () => undefined,
      },
      retry: { initialMs: 20, maxMs: 200 },
      logger: { debug() {}, info() {}, warn: keep, error: keep },
      monitor: async function* ({ signal, checkpoint }): AsyncGenerator<ChangeBatch> {
        if (checkpoint === undefined) yield { changes: [], checkpoint: { at: 0 } };
        await gate.promise;
        for (let at = 1; at <= 3; at += 1) {
          const element = { id: `a${at}`, labels: ['A'], properties: {} };
          yield {
            changes: [{ op: 'u', element, timestampNs: 1n }],
            checkpoint: { at, text: 'x'.repeat(20_000) },
          };
        }
        await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
      },
    });
    const until = async (condition: () => boolean): Promise<void> => {
      while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    const done = reactivator.run(stop.signal);
    await until(() => reactivator.checkpoint !== undefined);
    await fill();
    gate.resolve();
    await until(() => lines.length >= 3);
    assert.equal(published.length, 1, 'the next batch waits for the checkpoint');
    assert.equal(reactivator.status, 'retrying');
    assert.equal(reactivator.health(), undefined, 'a restart would not help');
    for (const line of lines)
      assert.match(line, /^storing the state failed, .*make room for the state directory/);
    await makeRoom();
    await until(() => published.length === 3 && reactivator.status === 'running');
    await until(() => JSON.stringify(reactivator.checkpoint).startsWith('{"at":3,'));
    stop.abort();
    await done;
    await store.close();
  });
});
