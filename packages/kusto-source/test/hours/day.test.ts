// A day of a source, by a simulated clock: nothing grows, and nothing is lost. Longer, or with a poll each ten seconds as in
// the field: DAY_HOURS=72 DAY_POLL_INTERVAL=10. What it costs is Kusto's work, so that a usual run asks seldom.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { footprint, type Footprint } from './footprint.ts';
import { SourceDay } from './source-day.ts';

const hours = Number(process.env['DAY_HOURS'] ?? 24);
const pollSeconds = process.env['DAY_POLL_INTERVAL'];
const minuteMs = 60_000;
/** From here on everything was used that a day uses: compiled code, connections, caches. */
const settledHour = hours > 24 ? 24 : 6;
/** Between two changes a minute: more keys than rows that live in R. */
const keys = 150;

/** @throws AssertionError when a later footprint is larger than one of the first hours */
function assertFlat(prints: readonly Footprint[], memoryBytes: number): void {
  const [before, after] = [prints.slice(0, settledHour), prints.slice(settledHour)];
  const most = (of: readonly Footprint[], name: keyof Footprint): number =>
    Math.max(...of.map((print) => print[name]));
  const least = (of: readonly Footprint[], name: keyof Footprint): number =>
    Math.min(...of.map((print) => print[name]));
  const told = JSON.stringify(prints);
  assert.equal(prints.length, hours);
  assert.ok(most(after, 'handles') <= most(before, 'handles') + 1, `handles: ${told}`);
  assert.ok(most(after, 'sleepers') <= most(before, 'sleepers'), `sleepers: ${told}`);
  // The smallest of the last hours against one in the middle: a collection may come late, what is kept is there in each.
  const late = least(prints.slice(-4), 'memory');
  assert.ok(late <= (prints[settledHour - 1]?.memory ?? 0) + memoryBytes, `memory: ${told}`);
}

describe(`${hours} simulated hours`, { timeout: 600_000 }, () => {
  it('idle: no growth of memory, handles, timers or state, no complaint, nothing published', async () => {
    await using day = await SourceDay.start(Number(pollSeconds ?? 600));
    const { clock, state } = day;
    for (const table of ['A', 'L', 'R'] as const)
      for (let k = 0; k < 10; k += 1) await day.ingest(table, k, k);
    await clock.pass(60 * minuteMs);
    const published = day.folded.changes;
    assert.equal(published, 30);
    const prints: Footprint[] = [];
    for (let hour = 0; hour < hours; hour += 1) {
      await clock.pass(60 * minuteMs);
      prints.push(await footprint(clock, state));
    }
    assertFlat(prints, 1_000_000);
    assert.equal(new Set(prints.map(({ stateEntries }) => stateEntries)).size, 1, JSON.stringify(prints));
    const bytes = prints.map(({ stateBytes }) => stateBytes);
    // Revisions and times get digits.
    assert.ok(Math.max(...bytes) - Math.min(...bytes) < 50, JSON.stringify(bytes));
    assert.equal(day.folded.changes, published);
    day.folded.assertHolds(await day.wanted());
    assert.deepEqual(day.complaints, []);
    assert.equal(day.status, 'running');
  });

  it('steady load: changes, deletes, retention and bootstraps: no growth, the checkpoint follows, lsn increase, no session stays', async () => {
    await using day = await SourceDay.start(Number(pollSeconds ?? 20_000));
    const { clock, state, folded } = day;
    const prints: Footprint[] = [];
    let checkpoint = '';
    for (let minute = 0; minute < hours * 60; minute += 1) {
      const table = (['A', 'L', 'R'] as const)[minute % 3] ?? 'A';
      await day.ingest(table, minute % keys, minute, minute % 10 === 1);
      if (minute % 90 === 45) await day.run(`.delete table R records <| R | where k % 7 == ${minute % 7}`);
      await clock.pass(minuteMs);
      if (minute % 60 < 59) continue;
      await day.applyRetention();
      const hour = (minute + 1) / 60;
      if (hour % 3 === 0) assert.equal((await day.bootstrap()).end, 'whole');
      if (hour % 6 === 1) assert.equal((await day.bootstrap(3)).end, 'left');
      prints.push(await footprint(clock, state));
      if (hour % 6 !== 0) continue;
      const { entities } = (await day.stored()).checkpoint;
      assert.notEqual(entities['A']?.cursor, checkpoint, 'the checkpoint moves');
      checkpoint = entities['A']?.cursor ?? '';
    }
    await clock.pass(240 * minuteMs);
    assertFlat(prints, 3_000_000);
    // A log of an index has no more than 256 blobs, and there are two indexes.
    assert.ok(
      Math.max(...prints.map(({ stateEntries }) => stateEntries)) < 2 * 256 + 40,
      JSON.stringify(prints),
    );
    const wanted = await day.wanted();
    folded.assertHolds(wanted);
    const last = await day.bootstrap();
    assert.equal(last.end, 'whole');
    assert.deepEqual(last.elements, wanted);
    const { checkpoint: stored, sessions } = await day.stored();
    assert.deepEqual(sessions, []);
    for (const table of ['A', 'L']) assert.equal(stored.entities[table]?.cursor, await day.cursor());
    assert.ok(folded.deletes > hours, `${folded.deletes} deletes`);
    await day.stop();
    for (const table of ['L', 'R'] as const)
      assert.equal(
        await day.indexedKeys(table),
        [...wanted.keys()].filter((id) => id.startsWith(`${table}:`)).length,
      );
    assert.deepEqual(
      day.complaints.filter((line) => !line.startsWith('a bootstrap broke: its rows are published again')),
      [],
    );
    if (process.env['DAY_TELL'] === '1') process.stdout.write(`${JSON.stringify(prints)}\n`);
  });
});
