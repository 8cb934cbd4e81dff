import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

const sources = new URL('../src/key-index/', import.meta.url).href;
const KEYS = 1_000_000;
const CHANGED = 1_000;
/** How deploy/reactivator/Dockerfile runs it. */
const AS_IN_THE_IMAGE = ['--max-old-space-size=640', '--max-semi-space-size=1'];

// A process of its own: its peak memory is what is measured. The store is a directory, so that what is stored is not in its memory.
const PROGRAM = `
  const { FileStateStore } = await import('@drasi-kusto/source-sdk');
  const { KeyIndex } = await import('${sources}key-index.ts');
  const { bucketCountFor } = await import('${sources}key-entry.ts');
  const { readdir, stat } = await import('node:fs/promises');
  const directory = process.argv[1];
  const store = await FileStateStore.open(directory);
  const open = () => KeyIndex.open({ store, bucketCount: bucketCountFor(${KEYS}), epoch: 'e', probe: 'p' });
  const spread = (n) => BigInt.asUintN(64, BigInt(n + 1) * 0x9e3779b97f4a7c15n);
  // A scan reads bucket by bucket; the keys of one are spread over all.
  const count = bucketCountFor(${KEYS});
  const entry = (n, version) => ({
    id: 'Device:' + (1e12 + n), bucket: n % count,
    row: { first: spread(n + version), second: spread(n * 3 + version) }, local: spread(n * 5 + version),
  });
  const time = async (action) => { const began = performance.now(); await action(); return Math.round(performance.now() - began); };
  let index = await open();
  const fillMs = await time(async () => {
    for (let bucket = 0; bucket < count; bucket++) {
      const entries = [];
      for (let n = bucket; n < ${KEYS}; n += count) entries.push(entry(n, 0));
      await index.noteLive(entries);
      await index.settle(entries);
    }
    await index.compact();
  });
  let bytes = 0;
  for (const name of await readdir(directory)) bytes += (await stat(directory + '/' + name)).size;
  const openMs = await time(async () => { index = await open(); });
  const changed = (round) => Array.from({ length: ${CHANGED} }, (_, i) => entry((i * 997 + round * 31) % ${KEYS}, round));
  const noteMs = [], settleMs = [];
  for (let round = 1; round <= 20; round++) {
    noteMs.push(await time(() => index.noteLive(changed(round))));
    settleMs.push(await time(() => index.settle(changed(round))));
  }
  const compactMs = await time(() => index.compact());
  let keys = 0;
  for (let bucket = 0; bucket < count; bucket++) keys += (await index.digest(bucket)).count;
  await store.close();
  console.log(JSON.stringify({ keys, fillMs, openMs, compactMs, noteMs, settleMs, bytesAKey: bytes / ${KEYS}, peakMb: process.resourceUsage().maxRSS / 1024 }));
`;

interface Figures {
  readonly keys: number;
  readonly bytesAKey: number;
  readonly peakMb: number;
  readonly noteMs: readonly number[];
  readonly settleMs: readonly number[];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

describe('the key index with a million keys', () => {
  it('takes at most 45 bytes a key, 200 MB of memory, and little time for a thousand changed keys (I8)', async (t) => {
    const directory = await mkdtemp(join(tmpdir(), 'key-index-'));
    try {
      const child = spawn(
        process.execPath,
        [...AS_IN_THE_IMAGE, '--input-type=module', '-e', PROGRAM, directory],
        {
          cwd: new URL('..', import.meta.url),
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      let text = '';
      for await (const part of child.stdout) text += String(part);
      const figures = JSON.parse(text) as Figures;
      t.diagnostic(text);
      assert.equal(figures.keys, KEYS);
      assert.ok(figures.bytesAKey <= 45, `${figures.bytesAKey} bytes a key`);
      assert.ok(figures.peakMb < 200, `${figures.peakMb} MB`);
      // The keys of a round are in all buckets, of which a part is in memory. No measure: seconds would be a mistake in the code.
      assert.ok(median(figures.noteMs) < 5_000 && median(figures.settleMs) < 5_000, text);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
