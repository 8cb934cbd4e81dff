import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals } from '../testing/cases.ts';
import { stormEvents, stormObjects } from '../testing/harness.ts';
import { testHarness } from '../testing/test-harness.ts';

describe('stored objects of the database', () => {
  const harness = testHarness([stormEvents], {
    ...stormObjects,
    functions: [
      { name: 'Least', parameters: '(n:long = 1)', body: '{ StormEvents | where EventId >= n }' },
      { name: 'Twice', parameters: '(x:long)', body: '{ x * 2 }' },
      { name: 'Odd', parameters: '()', body: '{ V | where Twice(Events) > 2 }' },
      { name: 'Broken', parameters: '()', body: '{ StormEvents | where nothing == 1 }' },
      { name: 'Refused', parameters: '()', body: '{ StormEvents | evaluate autocluster() }' },
    ],
  });

  it('a view is its query over the rows it was given, and the table itself is whole', async () => {
    assert.deepEqual((await harness.run('V | order by State asc')).rows, ["'NEW YORK' | 2", "'TEXAS' | 2"]);
    assert.deepEqual(
      (await harness.run('V | order by State asc | extend all = toscalar(StormEvents | count) | take 1'))
        .rows,
      ["'NEW YORK' | 2 | 6"],
    );
    assert.deepEqual((await harness.run("materialized_view('V') | count")).rows, ['2']);
  });

  it('a stored result has its columns by name', async () => {
    const answer = await harness.run("stored_query_result('R') | extend y = x + 1");
    assert.deepEqual([answer.columns, answer.rows], [['x:long', 'y:long'], ['5 | 6']]);
  });

  it('functions are called, with defaults, and over views', async () => {
    assert.deepEqual((await harness.run('Least | count')).rows, ['6']);
    assert.deepEqual((await harness.run('Least(n = 4) | count')).rows, ['2']);
    assert.deepEqual((await harness.run('print Twice(Twice(3))')).rows, ['12']);
    assert.deepEqual((await harness.run('Odd() | count')).rows, ['2']);
  });

  it('what is wrong inside is told where it is used', () => {
    checkRefusals(harness, {
      'Broken() | count': ['SEM0100', /in the function 'Broken': .*nothing.*position=1:1\]/],
      'print 1; Refused | count': ['SEM0001', /in the function 'Refused': .*position=1:10\]/],
      "V | where cursor_after('')": ['SEM0100', /records of a table/],
      "materialized_view('V') | extend ingestion_time()": [
        'SEM0001',
        /ingestion_time\(\) over materialized_view/,
      ],
      "stored_query_result('None')": ['SEM0100', /None/],
      "let n = 'R'; stored_query_result(n)": ['SEM0001', /not a literal/],
    });
  });
});
