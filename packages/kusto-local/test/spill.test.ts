import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { database, Fixture } from './endpoint-fixture.ts';

test('a query over the memory limit spills to the temporary folder, never into the working directory', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kusto-local-cwd-'));
  const before = process.cwd();
  process.chdir(folder);
  try {
    await using fixture = await Fixture.start({ memoryLimit: '60MB' });
    const { rows } = await fixture.kusto.execute(
      database,
      'range Id from 1 to 700000 step 1 | extend P = hash_sha256(tostring(Id)) | order by P asc | take 400000 | summarize max(P)',
    );
    assert.equal(rows.length, 1);
    assert.deepEqual(await readdir(folder), []);
  } finally {
    process.chdir(before);
    await rm(folder, { recursive: true });
  }
});
