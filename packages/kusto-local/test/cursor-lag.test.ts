import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;

before(async () => {
  fixture = await Fixture.start();
});

after(() => fixture[Symbol.asyncDispose]());

beforeEach(async () => {
  fixture.kusto.change({ cursorLagMs: 0 });
  await fixture.kusto.commitCursors();
  await fixture.kusto.execute(database, '.drop table T ifexists');
  await fixture.kusto.execute(database, '.create table T (Id: long)');
});

async function ids(text: string, endpoint = fixture): Promise<bigint[]> {
  return (await endpoint.kusto.execute(database, text)).rows.map(([id]) => id as bigint);
}

async function cursor(endpoint = fixture): Promise<string> {
  return String((await endpoint.kusto.execute(database, 'print cursor_current()')).rows[0]?.[0]);
}

test('rows are there before their cursor value: no window holds them until then, and no cursor promises them', async () => {
  const c0 = await cursor();
  fixture.kusto.change({ cursorLagMs: 3_600_000 });
  await fixture.kusto.ingest(database, 'T', '1');
  await fixture.kusto.ingest(database, 'T', '2');
  assert.deepEqual(await ids('T | order by Id asc'), [1n, 2n]);
  assert.deepEqual(await ids("T | where cursor_after('') | order by Id asc"), [1n, 2n]);
  assert.equal(await cursor(), c0);
  assert.deepEqual(await ids(`T | where cursor_after('${c0}')`), []);
  assert.deepEqual(await ids(`T | where cursor_before_or_at('${c0}')`), []);
  assert.deepEqual(await ids('T | where isnull(ingestion_time())'), []);
  await fixture.kusto.commitCursors();
  const c1 = await cursor();
  assert.notEqual(c1, c0);
  const window = `T | where cursor_after('${c0}') and cursor_before_or_at('${c1}')`;
  assert.deepEqual((await ids(window)).sort(), [1n, 2n]);
  // One after the other, as they were ingested.
  const first = `T | where cursor_after('${c0}') and cursor_before_or_at('${BigInt(c1) - 1n}')`;
  assert.deepEqual(await ids(first), [1n]);
});

test('a fixed lag passes by itself; a change of it does not reorder', async () => {
  const c0 = await cursor();
  fixture.kusto.change({ cursorLagMs: 500 });
  const began = performance.now();
  await fixture.kusto.ingest(database, 'T', '1');
  fixture.kusto.change({ cursorLagMs: 0 });
  // Without a lag of its own, but behind one that waits.
  await fixture.kusto.ingest(database, 'T', '2');
  const early = await ids(`T | where cursor_after('${c0}')`);
  // On a busy machine the lag may have passed by now.
  if (performance.now() - began < 500) assert.deepEqual(early, []);
  for (let turn = 0; turn < 1500 && (await cursor()) === c0; turn += 1) await sleep(20);
  const found = await ids(`T | where cursor_after('${c0}') | order by Id asc`);
  assert.deepEqual(found, [1n, 2n]);
  await fixture.kusto.ingest(database, 'T', '3');
  assert.equal((await ids(`T | where cursor_after('${c0}')`)).length, 3);
});

test('windows (c0, c1] hold every row once while writers ingest under a lag', async () => {
  fixture.kusto.change({ cursorLagMs: 30 });
  let writing = true;
  const writers = Promise.all(
    Array.from({ length: 5 }, async (_, writer) => {
      for (let round = 0; round < 20; round += 1)
        await fixture.kusto.ingest(database, 'T', [{ Id: writer * 20 + round }]);
    }),
  ).then(() => (writing = false));
  const seen: bigint[] = [];
  let from = await cursor();
  for (let last = false; !last;) {
    last = !writing;
    if (last) await fixture.kusto.commitCursors();
    const to = await cursor();
    seen.push(...(await ids(`T | where cursor_after('${from}') and cursor_before_or_at('${to}')`)));
    from = to;
  }
  await writers;
  assert.deepEqual(
    seen.map(Number).sort((a, b) => a - b),
    Array.from({ length: 100 }, (_, id) => id),
  );
});

test('a table that is dropped, and a table without the policy, leave nothing behind', async () => {
  const c0 = await cursor();
  fixture.kusto.change({ cursorLagMs: 3_600_000 });
  await fixture.kusto.ingest(database, 'T', '1');
  await fixture.kusto.execute(database, '.drop table T');
  await fixture.kusto.execute(database, '.create table T (Id: long)');
  await fixture.kusto.execute(database, '.alter table T policy ingestiontime false');
  await fixture.kusto.ingest(database, 'T', '2');
  await fixture.kusto.commitCursors();
  assert.equal(await cursor(), c0);
  assert.deepEqual(await ids(`T | where cursor_after('${c0}')`), []);
});

test('closing gives the values that wait: they are there when the data is opened again', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'kusto-local-lag-'));
  try {
    let c0: string;
    {
      await using first = await Fixture.start({ dataDir, cursorLagMs: 3_600_000 });
      await first.kusto.execute(database, '.create table T (Id: long)');
      c0 = await cursor(first);
      await first.kusto.ingest(database, 'T', '7');
      assert.deepEqual(await ids(`T | where cursor_after('${c0}')`, first), []);
    }
    await using second = await Fixture.start({ dataDir });
    assert.deepEqual(await ids(`T | where cursor_after('${c0}')`, second), [7n]);
  } finally {
    await rm(dataDir, { recursive: true });
  }
});

test('weak consistency: an older state, whole, with the cursor of it; strong reads see all', async () => {
  let now = Date.parse('2030-01-01T00:00:00Z');
  await using clocked = await Fixture.start({
    now: () => now,
    weakConsistency: { maximumLagMs: 10_000, heads: 4, seed: 1 },
  });
  await clocked.kusto.execute(database, '.create table T (Id: long)');
  const cursors: string[] = [];
  for (let id = 0; id < 60; id += 1) {
    now += 1000;
    await clocked.kusto.ingest(database, 'T', [{ Id: id }]);
    cursors.push(await cursor(clocked));
  }
  const weak = { queryconsistency: 'weakconsistency' };
  const counts: number[] = [];
  for (let read = 0; read < 40; read += 1) {
    const { rows } = await clocked.kusto.execute(
      database,
      'T | summarize n = count(), newest = max(Id) | extend c = cursor_current()',
      weak,
    );
    const [count, last, at] = rows[0] ?? [];
    assert.equal(count, (last as bigint) + 1n, 'no gap');
    assert.equal(at, cursors[Number(last)]);
    counts.push(Number(count));
  }
  assert.ok(
    counts.every((count) => count > 49 && count <= 60),
    counts.join(' '),
  );
  assert.ok(
    counts.some((count, index) => count < (counts[index - 1] ?? 0)),
    'a read that goes backwards',
  );
  // A window that a newer head promised is not whole at an older one.
  const window = `T | where cursor_after('${cursors[48]}') and cursor_before_or_at('${cursors[59]}') | count`;
  const strong = await clocked.kusto.execute(database, window);
  assert.deepEqual(strong.rows, [[11n]]);
  const pinned = { queryconsistency: 'weakconsistency_by_session_id', query_weakconsistency_session_id: 's' };
  const sessions = new Set<unknown>();
  for (let read = 0; read < 10; read += 1)
    sessions.add((await clocked.kusto.execute(database, 'T | count', pinned)).rows[0]?.[0]);
  assert.equal(sessions.size, 1);
  clocked.kusto.change({ weakConsistency: { forced: true } });
  const forced = new Set<unknown>();
  for (let read = 0; read < 30; read += 1)
    forced.add((await clocked.kusto.execute(database, 'T | count')).rows[0]?.[0]);
  assert.ok(forced.size > 1);
});

test('weak consistency over late cursor values: an older state has a row before its value, too', async () => {
  let now = Date.parse('2030-01-01T00:00:00Z');
  await using clocked = await Fixture.start({
    now: () => now,
    cursorLagMs: 3_600_000,
    weakConsistency: { maximumLagMs: 2000, heads: 1 },
  });
  await clocked.kusto.execute(database, '.create table T (Id: long)');
  const c0 = await cursor(clocked);
  now += 10_000;
  await clocked.kusto.ingest(database, 'T', '1');
  now += 10_000;
  await clocked.kusto.commitCursors();
  const c1 = await cursor(clocked);
  const text = `T | where cursor_after('${c0}') | count | extend all = toscalar(T | count), c = cursor_current()`;
  const weak = { queryconsistency: 'weakconsistency' };
  const read = async (): Promise<readonly unknown[]> =>
    (await clocked.kusto.execute(database, text, weak)).rows[0] ?? [];
  // The head is less than 2 s old, but older than the value given this moment.
  assert.deepEqual(await read(), [0n, 1n, c0]);
  now += 2000;
  assert.deepEqual(await read(), [1n, 1n, c1]);
});

test('a service without cursors refuses their functions at their place', async () => {
  await using without = await Fixture.start({ cursors: false });
  for (const csl of ['print cursor_current()', "T | where cursor_after('')", 'print current_cursor()']) {
    await without.kusto.execute(database, '.create table T (Id: long)');
    const { status, error } = await without.failure('/v2/rest/query', { db: database, csl });
    assert.equal(status, 400);
    assert.match(error['@message'], /cannot be used: this service has no database cursors.*line:position=1:/);
  }
});
