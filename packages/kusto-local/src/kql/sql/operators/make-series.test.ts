import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { checkRefusals } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { checkUnordered } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('make-series', () => {
  const harness = testHarness([stormEvents]);

  const check = (query: string, columns: string, rows: readonly string[]): Promise<void> =>
    checkUnordered(harness, query, columns, rows);

  it('bins of a datetime axis: the start is in, the end is not, gaps have the default', async () => {
    await check(
      'StormEvents | make-series n = count(), sum(Damage) default=-1, avg(Damage) default=real(null) on StartTime from datetime(2007-01-01) to datetime(2007-01-03) step 12h by State',
      'State:string, n:dynamic, sum_Damage:dynamic, avg_Damage:dynamic, StartTime:dynamic',
      [
        '\'NEW YORK\' | [2,0,1,0] | [30,-1,30,-1] | [15.0,null,30.0,null] | ["2007-01-01T00:00:00.0000000Z","2007-01-01T12:00:00.0000000Z","2007-01-02T00:00:00.0000000Z","2007-01-02T12:00:00.0000000Z"]',
        '\'TEXAS\' | [2,0,0,0] | [5,-1,-1,-1] | [5.0,null,null,null] | ["2007-01-01T00:00:00.0000000Z","2007-01-01T12:00:00.0000000Z","2007-01-02T00:00:00.0000000Z","2007-01-02T12:00:00.0000000Z"]',
      ],
    );
  });

  it('bins are counted from the start', async () => {
    await check(
      'datatable(x: long) [1, 5, 9, 10, 0] | make-series count() on x from 1 to 10 step 4',
      'count_:dynamic, x:dynamic',
      ['[1,1,1] | [1,5,9]'],
    );
    await check(
      'datatable(x: long) [1, 4] | make-series count() on x from 1 to 8 step 3',
      'count_:dynamic, x:dynamic',
      ['[1,1,0] | [1,4,7]'],
    );
  });

  it('without bounds each group has its own, from its first bin to its last', async () => {
    await check(
      'datatable(x: long, k: string) [-7, "a", 2, "a", 11, "b", long(null), "c"] | make-series s = sum(x) on x step 3 by k',
      'k:string, s:dynamic, x:dynamic',
      ["'a' | [-7,0,0,2] | [-9,-6,-3,0]", "'b' | [11] | [9]"],
    );
    await check(
      'datatable(x: long) [2, 7] | make-series count() on x from 0 step 3',
      'count_:dynamic, x:dynamic',
      ['[1,0,1] | [0,3,6]'],
    );
    await check(
      'datatable(x: long) [2, 7, 99] | make-series count() on x to 12 step 3',
      'count_:dynamic, x:dynamic',
      ['[1,0,1,0] | [0,3,6,9]'],
    );
  });

  it('real and timespan axes; several keys; an expression over an aggregate', async () => {
    await check(
      'datatable(x: real) [1.0, 5.0, 9.0, real(null), real(nan), real(+inf)] | make-series s = sum(x) * 2 on x step 2.5',
      's:dynamic, x:dynamic',
      ['[2.0,0.0,10.0,18.0] | [0.0,2.5,5.0,7.5]'],
    );
    await check(
      'datatable(x: timespan) [2h, 4h, 4h] | make-series count() on x step 1h',
      'count_:dynamic, x:dynamic',
      ['[1,0,2] | ["02:00:00","03:00:00","04:00:00"]'],
    );
    await check(
      'let s = 2; datatable(x: int, k: string, b: bool) [1, "a", true, 3, "a", bool(null)] | make-series max(x) default=0.5 on x step s by k, b',
      'k:string, b:bool, max_x:dynamic, x:dynamic',
      ["'a' | true | [1.0] | [0]", "'a' | null | [3.0] | [2]"],
    );
  });

  it('no rows: no series, or one of defaults with kind=nonempty', async () => {
    const empty = 'datatable(x: long) []';
    await check(`${empty} | make-series count() on x from 1 to 10 step 4`, 'count_:dynamic, x:dynamic', []);
    await check(
      `${empty} | make-series kind=nonempty count() default=7 on x from 1 to 10 step 4`,
      'count_:dynamic, x:dynamic',
      ['[7,7,7] | [1,5,9]'],
    );
    await check(
      'datatable(x: long) [1, 1] | make-series kind=nonempty count() on x from 1 to 10 step 4',
      'count_:dynamic, x:dynamic',
      ['[2,0,0] | [1,5,9]'],
    );
  });

  it('in range(): the stop is in', async () => {
    await check(
      'datatable(x: long) [2, 4, 4, 6] | make-series count() on x in range(0, 4, 2)',
      'count_:dynamic, x:dynamic',
      ['[0,1,2] | [0,2,4]'],
    );
    await assert.rejects(
      harness.run('datatable(x: long) [5] | make-series count() on x in range(0, 4, 2)'),
      /behind the stop/,
    );
    await assert.rejects(
      harness.run('datatable(x: long) [3] | make-series count() on x in range(1, 5, 2)'),
      /multiple of the step/,
    );
  });

  it('has the counts of a walk over the rows', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: -15, max: 5 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 25 }),
        async (list, from, step, width) => {
          const to = from + width;
          const answer = await harness.run(
            `datatable(x: long) [${list.join(', ')}] | make-series count() on x from (${from}) to (${to}) step ${step}`,
          );
          const places: number[] = [];
          for (let place = from; place < to; place += step) places.push(place);
          const counts = places.map(
            (place) => list.filter((x) => x >= place && x < Math.min(place + step, to)).length,
          );
          const expected = list.some((x) => x >= from && x < to)
            ? [`${JSON.stringify(counts)} | ${JSON.stringify(places)}`]
            : [];
          assert.deepEqual(answer.rows, expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refusals', async () => {
    checkRefusals(harness, {
      'StormEvents | make-series take_any(State) on EventId step 1': ['SEM0100', /not a string/],
      'StormEvents | make-series count() on EventId step 0': ['SEM0100', /above zero/],
      'StormEvents | make-series count() on EventId step -1': ['SEM0100', /above zero/],
      'StormEvents | make-series count() default="a" on EventId step 1': ['SEM0100', /./],
      'StormEvents | make-series count() on State step 1': ['SYN0002', /./],
      'StormEvents | make-series kind=nonempty count() on EventId step 1': ['SEM0001', /nonempty/],
      'StormEvents | make-series kind=nonempty count() on Damage from 1 to 2 step 1 by State': [
        'SEM0001',
        /nonempty/,
      ],
      'StormEvents | make-series arg_max(Damage, State) on EventId step 1': [
        'SEM0001',
        /columns of this make-series/,
      ],
    });
    await assert.rejects(
      harness.run('StormEvents | make-series count() on Damage from 0 to 2000000 step 1'),
      /more than 1048576 elements/,
    );
  });
});
