import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { checkRows } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('as, sample, sample-distinct and top-hitters', () => {
  const harness = testHarness([stormEvents]);

  it('as: the name stands for the rows as they were there', async () => {
    await checkRows(harness, [
      { query: 'StormEvents | as X | union X | count', rows: ['12'] },
      { query: 'StormEvents | as X | where EventId == 1 | union X | count', rows: ['8'] },
      {
        query:
          'StormEvents | project EventId, Damage | as hint.materialized=true X | join kind=inner X on EventId | count',
        rows: ['8'],
      },
      { query: 'let Q = StormEvents | where EventId == 1 | as X; Q | union X | count', rows: ['4'] },
    ]);
    const [first, second] = await harness.runAll('StormEvents | where EventId == 1 | as X; X | count');
    assert.equal(first?.rows.length, 2);
    assert.deepEqual(second?.rows, ['2']);
  });

  it('sample: some of the rows, each at most once, and not the same ones every time', async () => {
    await checkRows(harness, [
      { query: 'StormEvents | sample 3 | count', rows: ['3'] },
      { query: 'StormEvents | sample 100 | count', rows: ['6'] },
      { query: 'StormEvents | sample 0', rows: [] },
      { query: 'range x from 1 to 1000 step 1 | sample 500 | summarize dcount(x)', rows: ['500'] },
      {
        query:
          'let s = materialize(range x from 1 to 1000000 step 1 | sample 1); union s, s | summarize dcount(x)',
        rows: ['1'],
      },
    ]);
    const drawn = new Set<string>();
    for (let draw = 0; draw < 10; draw += 1) {
      const answer = await harness.run('range x from 1 to 1000000 step 1 | sample 1');
      drawn.add(answer.rows.join());
    }
    assert.ok(drawn.size > 5);
  });

  it('sample-distinct: some of the values', async () => {
    await checkRows(harness, [
      { query: 'StormEvents | sample-distinct 2 of State | count', rows: ['2'] },
      {
        query: 'StormEvents | sample-distinct 10 of State | sort by State asc',
        columns: 'State:string',
        rows: ["''", "'NEW YORK'", "'TEXAS'"],
      },
      {
        query:
          'let some = StormEvents | sample-distinct 1 of EventId; StormEvents | where EventId in (some) | summarize dcount(EventId)',
        rows: ['1'],
      },
    ]);
  });

  it('top-hitters: the values with the most rows or the largest sum', async () => {
    await checkRows(harness, [
      {
        query: 'StormEvents | top-hitters 2 of State',
        columns: 'State:string, approximate_count_State:long',
        rows: ["'NEW YORK' | 3", "'TEXAS' | 2"],
      },
      {
        query: 'StormEvents | top-hitters 3 of State by Damage',
        columns: 'State:string, approximate_sum_Damage:long',
        rows: ["'NEW YORK' | 60", "'TEXAS' | 5", "'' | -7"],
      },
      {
        query: 'StormEvents | where EventId == 2 | top-hitters 1 of State by Ratio',
        columns: 'State:string, approximate_sum_Ratio:real',
        rows: ["'NEW YORK' | 2.5"],
      },
      { query: 'StormEvents | top-hitters 0 of State', rows: [] },
    ]);
  });

  it('refuses what means nothing, and says where', () => {
    checkRefusals(harness, {
      'StormEvents | sample -1': ['SEM0100', /negative.*1:22/],
      'StormEvents | sample 1.5': ['SEM0100', /integer.*1:22/],
      'StormEvents | sample-distinct 1 of strlen(State)': ['SEM0100', /[Cc]olumn/],
      'StormEvents | top-hitters 1 of State by StartTime': ['SEM0100', /number.*1:41/],
      'StormEvents | top-hitters -1 of State': ['SEM0100', /negative/],
      'StormEvents | as X | union Y': ['SEM0100', /'Y'/],
    });
  });
});
