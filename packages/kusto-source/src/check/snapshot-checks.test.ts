import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkSnapshot } from './snapshot-checks.ts';
import {
  counted,
  outline,
  refused,
  resultOf,
  scriptedRun,
  table,
  type Rule,
  type ScriptedRun,
  weighed,
} from './testing/scripted-run.ts';

const at = { cursor: '7', now: '2026-01-01T00:00:00Z' };
const snapshot = (
  rules: readonly Rule[],
  properties: Readonly<Record<string, string>> = {},
): Promise<ScriptedRun> => scriptedRun(rules, (run) => checkSnapshot(run, at), properties);

const stored = (rowBytes: number): Rule => weighed(1000, String(rowBytes * 1000));
const says = (run: ScriptedRun, check: string): string => {
  const { says: text = '', advice = '' } = resultOf(run, check) ?? {};
  return `${text} ${advice}`;
};

describe('the bootstrap', () => {
  it('of a small table is one slice, its rows are weighed, its key is unique', async () => {
    const run = await snapshot([]);
    assert.equal(outline(run), 'keys ok, slices ok');
    assert.match(says(run, 'slices'), /3 rows of about 40 bytes in 1 slice: one query is enough/);
    assert.deepEqual(run.findings, { rows: 3, mostOfOneKey: 1, slices: 1, rowBytes: 40 });
  });

  it('is sliced by rows, or by bytes, and says which', async () => {
    const byRows = await snapshot([counted(1_000_000, 1), stored(10)]);
    assert.equal(byRows.findings.slices, 4);
    assert.match(
      says(byRows, 'slices'),
      /in 4 slices, 2 at a time .*: each takes up to 250,000 rows \(SLICE_ROWS\)/,
    );
    const byBytes = await snapshot([counted(1_000_000, 1), stored(1000)], { SLICE_PARALLELISM: '64' });
    assert.equal(byBytes.findings.slices, 30);
    assert.match(says(byBytes, 'slices'), /in 30 slices, 30 at a time .*up to 32 MB/);
  });

  it('weighs rows by a sample where the details are denied, or not at all', async () => {
    const denied: Rule = [/details/, refused('no', { status: 403 })];
    const sample = table(
      [
        ['Rows', 'long'],
        ['Bytes', 'long'],
      ],
      ['1000', '70000'],
    );
    assert.equal((await snapshot([denied, [/estimate_data_size/, sample]])).findings.rowBytes, 70);
    const unknown = await snapshot([denied, [/estimate_data_size/, refused('no such function')]]);
    assert.equal(unknown.findings.rowBytes, undefined);
    assert.match(says(unknown, 'slices'), /reads 3 rows in 1 slice/);
  });

  it('warns of keys that repeat, of keys that cannot be grouped, and of no rows', async () => {
    const repeated = await snapshot([counted(20, 17)]);
    assert.equal(outline(repeated), 'keys warn, slices ok');
    assert.match(says(repeated, 'keys'), /k repeats: one key has 17 of the 20 rows\. Only the newest row/);
    const many = await snapshot([
      [/Most =/, refused('E_RUNAWAY_QUERY')],
      [/Rows = count/, table([['Rows', 'long']], ['9'])],
    ]);
    assert.match(says(many, 'keys'), /whether k is unique is not known/);
    assert.equal(many.findings.mostOfOneKey, undefined);
    const none = await snapshot([counted(0, 0)]);
    assert.match(says(none, 'keys'), /no rows now/);
    assert.match(says(none, 'slices'), /reads 0 rows in 1 slice/);
  });

  it('takes keys that repeat for what latest detection is for, and says which row is the newest', async () => {
    const latest = (versionColumn?: string): Promise<ScriptedRun> =>
      scriptedRun(
        [counted(20, 17)],
        (run) => checkSnapshot(run, at, 'latest'),
        versionColumn === undefined ? {} : { VERSION_COLUMN: versionColumn },
      );
    assert.equal(outline(await latest()), 'keys ok, slices ok');
    assert.match(says(await latest(), 'keys'), /17 of the 20 rows, and the newest by ingestion time is/);
    assert.match(says(await latest('v'), 'keys'), /the newest by v is its element/);
    assert.doesNotMatch(says(await latest('v'), 'keys'), /ingestion time/);
  });

  it('fails when the rows cannot be counted', async () => {
    const run = await snapshot([[/Most =/, refused('a quota')]]);
    assert.equal(outline(run), 'keys fail');
  });
});
