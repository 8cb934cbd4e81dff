import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  createTableCommand,
  stormColumns,
  StormGenerator,
  withdrawn,
  stormsToCsv,
  type Storm,
} from './storm-generator.ts';

const now = Date.parse('2026-05-01T00:00:00Z');
const generator = (seed: number) => new StormGenerator(seed, () => now);

/** A reader of RFC 4180 that knows nothing of the writer. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let field = '';
    if (text[at] === '"') {
      for (at += 1; text[at] !== '"' || text[at + 1] === '"'; at += 1) {
        if (text[at] === '"') at += 1;
        field += text[at];
      }
      at += 1;
    } else {
      const end = /[,\n]/g;
      end.lastIndex = at;
      const stop = end.exec(text)!.index;
      field = text.slice(at, stop);
      at = stop;
    }
    row.push(field);
    if (text[at] === '\n') {
      rows.push(row);
      row = [];
    }
    at += 1;
  }
  return rows;
}

test('the same seed gives the same storms, another seed others', () => {
  const make = (seed: number) => stormsToCsv(generator(seed).history(50));
  assert.equal(make(3), make(3));
  assert.notEqual(make(3), make(4));
});

test('every EventId of the history is used once, and no storm is in the future or ends before it starts', () => {
  const storms = [...generator(1).history(20_000)];
  assert.equal(new Set(storms.map(({ EventId }) => EventId)).size, 20_000);
  for (const { StartTime, EndTime, EventId } of storms) {
    assert.ok(Date.parse(StartTime) < Date.parse(EndTime));
    assert.ok(Date.parse(EndTime) <= now);
    assert.ok(EventId < 2 ** 31, 'EventId is an int');
  }
  const newYork = storms.filter(({ State }) => State === 'NEW YORK').length;
  assert.ok(newYork > 500 && newYork < 2000, `${newYork} storms in New York`);
});

test('CSV reads back to the same rows, whatever the seed', () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const storms = [...generator(seed).history(20)];
      const rows = parseCsv(stormsToCsv(storms));
      assert.equal(rows.length, storms.length);
      storms.forEach((storm, index) => {
        const row = rows[index]!;
        assert.equal(row.length, stormColumns.length);
        stormColumns.forEach(([name, type], column) => {
          const value = storm[name];
          const text = row[column]!;
          if (type === 'dynamic') assert.deepEqual(JSON.parse(text), value);
          else if (typeof value === 'number') assert.equal(Number(text), value);
          else assert.equal(text, value ?? '');
        });
      });
    }),
  );
});

test('a quote, a comma and a line end in a text stay inside their field', () => {
  const [storm] = generator(1).history(1);
  const text = 'He said "run", and\nleft';
  const [row] = parseCsv(stormsToCsv([{ ...storm!, EventNarrative: text }]));
  assert.equal(row![stormColumns.findIndex(([name]) => name === 'EventNarrative')], text);
});

test('arriving storms are new ones, corrections with another damage, and some that are withdrawn, for good', () => {
  const storms = generator(5);
  const known = new Map([...storms.history(100)].map((storm) => [storm.EventId, storm]));
  let corrections = 0;
  let withdrawals = 0;
  for (let count = 0; count < 300; count += 1) {
    const storm: Storm = storms.next();
    const before = known.get(storm.EventId);
    if (storm.Source === withdrawn) {
      withdrawals += 1;
      assert.deepEqual({ ...storm, Source: '' }, { ...before, Source: '' });
    } else if (before !== undefined) {
      corrections += 1;
      assert.notEqual(before.Source, withdrawn);
      assert.notEqual(storm.DamageProperty, before.DamageProperty);
      assert.equal(storm.State, before.State);
    }
    assert.equal(storm.StormSummary.TotalDamages, storm.DamageProperty + storm.DamageCrops);
    assert.equal(storm.StormSummary.Details.Description, storm.EventNarrative);
    known.set(storm.EventId, storm);
  }
  assert.ok(corrections > 50 && corrections < 200, `${corrections} corrections`);
  assert.ok(withdrawals > 10 && withdrawals < 60, `${withdrawals} withdrawals`);
});

test('the table is created with the columns of the sample', () => {
  assert.match(
    createTableCommand('StormEvents'),
    /^\.create table StormEvents \(StartTime: datetime, EndTime: datetime, EpisodeId: int, .*BeginLat: real, .*StormSummary: dynamic\)$/,
  );
});
