import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals } from '../testing/cases.ts';
import { stormEvents } from '../testing/harness.ts';
import { testHarness } from '../testing/test-harness.ts';

describe('fork and facet', () => {
  const harness = testHarness([stormEvents]);

  async function results(query: string): Promise<readonly (readonly string[])[]> {
    const answers = await harness.runAll(query);
    return answers.map((answer) => [answer.columns.join(', '), ...answer.rows]);
  }

  it('fork: one result for each subquery, in their order', async () => {
    assert.deepEqual(
      await results(
        'StormEvents | project EventId, State | fork (count) Texas = (where State == "TEXAS" | sort by EventId asc) (summarize n = count() by State | sort by n desc | as Named)',
      ),
      [
        ['Count:long', '6'],
        ['EventId:int, State:string', "3 | 'TEXAS'", "4 | 'TEXAS'"],
        ['State:string, n:long', "'NEW YORK' | 3", "'TEXAS' | 2", "'' | 1"],
      ],
    );
  });

  it('facet: the values of each column with their counts, behind the result of with', async () => {
    assert.deepEqual(
      (
        await results(
          'StormEvents | project EventId, State | facet by State, EventId with (where EventId == 5)',
        )
      ).map(([columns, ...rows]) => [columns, ...rows.sort()]),
      [
        ['EventId:int, State:string', "5 | ''"],
        ['State:string, count_State:long', "'' | 1", "'NEW YORK' | 3", "'TEXAS' | 2"],
        ['EventId:int, count_EventId:long', '1 | 2', '2 | 1', '3 | 1', '4 | 1', '5 | 1'],
      ],
    );
    assert.deepEqual((await results('StormEvents | where false | facet by State'))[0], [
      'State:string, count_State:long',
    ]);
  });

  it('other statements keep their place', async () => {
    assert.deepEqual(
      await results(
        'let n = 1; StormEvents | fork (take n | project a = n) (count); print n; StormEvents | as X | facet by State with (count)',
      ).then((all) => all.map(([columns]) => columns)),
      ['a:long', 'Count:long', 'print_0:long', 'Count:long', 'State:string, count_State:long'],
    );
  });

  it('refuses them inside a query, and says where', () => {
    checkRefusals(harness, {
      'StormEvents | fork (count) (take 1) | count': ['SEM0001', /'fork'.*1:15/],
      'StormEvents | facet by State | count': ['SEM0001', /'facet'.*1:15/],
      'StormEvents | fork (join StormEvents on EventId) (count)': ['SYN0002', /'join'.*1:21/],
      'StormEvents | facet by Details': ['SEM0100', /dynamic.*1:24/],
      'StormEvents | facet by Nope': ['SEM0100', /'Nope'/],
      'let f = () { StormEvents | fork (count) (take 1) }; f()': ['SEM0001', /1:53/],
    });
  });
});
