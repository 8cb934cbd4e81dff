import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asyncProperty, assert as check, integer } from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { checkRefusals } from '../../testing/cases.ts';
import { checkRows } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('range', () => {
  const harness = testHarness([]);

  it('of every type, up and down, with the stop where a step meets it', async () => {
    await checkRows(harness, [
      { query: 'range x from 1 to 6 step 2', columns: 'x:long', rows: ['1', '3', '5'] },
      { query: 'range x from 5 to 1 step -2', rows: ['5', '3', '1'] },
      { query: 'range x from 1 to 3 step -1', rows: [] },
      { query: 'range x from int(1) to int(2) step int(1)', columns: 'x:int', rows: ['1', '2'] },
      { query: 'range x from 1.5 to 3 step 0.5', columns: 'x:real', rows: ['1.5', '2', '2.5', '3'] },
      { query: 'range x from 1 to 0 step -0.5', columns: 'x:real', rows: ['1', '0.5', '0'] },
      { query: 'range x from 0.0 to 1.0 step 0.1 | count', rows: ['11'] },
      { query: 'range x from real(nan) to 3.0 step 1.0', rows: [] },
      { query: 'range x from real(null) to 3.0 step 1.0', rows: [] },
      {
        query: 'range x from decimal(1) to decimal(1.6) step decimal(0.25)',
        columns: 'x:decimal',
        rows: ['1.000000000000000000', '1.250000000000000000', '1.500000000000000000'],
      },
      {
        query: 'range x from decimal(0.1) to decimal(-0.1) step decimal(-0.1)',
        rows: ['0.100000000000000000', '0.000000000000000000', '-0.100000000000000000'],
      },
      { query: 'range x from decimal(1) to decimal(0) step decimal(1)', rows: [] },
      { query: 'range x from decimal(null) to decimal(0) step decimal(1)', rows: [] },
      {
        query: 'range t from 1h to 2h step 30m',
        columns: 't:timespan',
        rows: ['01:00:00', '01:30:00', '02:00:00'],
      },
      {
        query:
          'range t from datetime(2024-02-28) to datetime(2024-03-01) step 1d | project d = dayofmonth(t)',
        rows: ['28', '29', '1'],
      },
      { query: 'range t from datetime(null) to datetime(2024-03-01) step 1d', rows: [] },
      { query: 'let n = 3; range x from 1 to n step 1 | count', rows: ['3'] },
      { query: 'let n = 1.0; range x from n to n * 3 step n', rows: ['1', '2', '3'] },
    ]);
  });

  it('of reals and decimals agrees with counting in tenths', async () => {
    const tenths = integer({ min: -30, max: 30 });
    await check(
      asyncProperty(tenths, tenths, integer({ min: 1, max: 9 }), async (from, to, step) => {
        const expected: number[] = [];
        for (let at = from; at <= to; at += step) expected.push(at);
        const text = (value: number) => (value / 10).toFixed(1);
        const decimals = await harness.run(
          `range x from decimal(${text(from)}) to decimal(${text(to)}) step decimal(${text(step)})`,
        );
        assert.deepEqual(
          decimals.rows.map(Number),
          expected.map((value) => value / 10),
        );
        // Halves are exact as reals.
        const halves = await harness.run(`range x from ${from / 2}e0 to ${to / 2}e0 step ${step / 2}e0`);
        assert.deepEqual(
          halves.rows.map(Number),
          expected.map((value) => value / 2),
        );
      }),
      { numRuns: 25 },
    );
  });

  it('refuses what has no end or no type, and says where', () => {
    checkRefusals(harness, {
      'range x from 1 to 3 step 0': ['SEM0100', /0.*1:26/],
      'let s = 0; range x from 1 to 3 step s': ['SEM0100', /0.*1:37/],
      'range x from 1.0 to 3.0 step 0.0': ['SEM0100', /1:30/],
      'range x from "a" to "b" step 1': ['SEM0100', /1:14/],
      'range x from 1 to 3 step 1h': ['SEM0100', /timespan/],
      'range x from decimal(1) to decimal(1) + decimal(1) step decimal(1)': ['SEM0001', /decimals.*1:1/],
      'range x from decimal(1) to decimal(9000000) step decimal(1)': ['SEM0001', /100000 decimals.*1:1/],
    });
  });
});
