import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { testHarness } from '../../testing/test-harness.ts';

/** What a Source asks of the service: see `kql/compiler.ts` for the callers. */
describe('cursors, ingestion time, extents', () => {
  const harness = testHarness([stormEvents]);

  async function ids(query: string): Promise<string> {
    const answer = await harness.run(`${query} | project EventId, Damage | sort by EventId asc, Damage asc`);
    return answer.rows.join('; ');
  }

  it('a window takes what is after the one and up to the other', async () => {
    const window = "StormEvents | where cursor_after('100') and cursor_before_or_at('200')";
    assert.equal(await ids(window), '1 | 30; 2 | 20; 3 | null');
    assert.equal(await ids("StormEvents | where cursor_after('201')"), '');
    assert.equal(await ids("StormEvents | where cursor_before_or_at('100')"), '1 | 10');
  });

  it("cursor_after('') is everything, also rows without a cursor value", async () => {
    assert.equal((await harness.run("StormEvents | where cursor_after('') | count")).rows[0], '6');
    assert.equal((await harness.run("StormEvents | where cursor_after('0') | count")).rows[0], '5');
  });

  it('windows tile: every row with a cursor value is in exactly one', async () => {
    const bounds = [0, 100, 101, 149, 150, 200, 201, 300];
    let total = 0;
    for (let index = 1; index < bounds.length; index += 1) {
      const answer = await harness.run(
        `StormEvents | where cursor_after('${bounds[index - 1]}') and cursor_before_or_at('${bounds[index]}') | count`,
      );
      total += Number(answer.rows[0]);
    }
    assert.equal(total, 5);
  });

  it('a snapshot: up to a cursor, or without an ingestion time', async () => {
    assert.equal(
      await ids("StormEvents | where cursor_before_or_at('200') or isnull(ingestion_time())"),
      '1 | 10; 1 | 30; 2 | 20; 3 | null; 5 | -7',
    );
  });

  it("the Source's window over a shadowed table, folded to the last row a key", async () => {
    const answer = await harness.run(`
      let ['StormEvents'] = table('StormEvents') | where cursor_after('99') and cursor_before_or_at('200');
      StormEvents | where State == "NEW YORK" | project-away StormSummary, EventNarrative
      | extend ['__ingested'] = ingestion_time(), ['__tie'] = hash_many(EventId, State)
      | summarize arg_max(['__tie'], *) by EventId, ['__ingested']
      | summarize arg_max(['__ingested'], *) by EventId
      | project EventId, ['__ingested'], State, Damage | sort by EventId asc`);
    assert.deepEqual(answer.rows, [
      "1 | 2022-09-28T22:13:20.0000002Z | 'NEW YORK' | 30",
      "2 | 2022-09-28T22:13:20.0000001Z | 'NEW YORK' | 20",
    ]);
    assert.equal(answer.compilation.filtersByCursor, true);
  });

  it('the hidden columns follow row-local operators', async () => {
    const answer = await harness.run(`
      let T = StormEvents | extend x = 1 | project EventId, x | sort by EventId asc | take 10;
      T | where cursor_after('150') | project EventId, t = ingestion_time(), e = extent_id()`);
    assert.deepEqual(answer.rows, [
      '3 | 2022-09-28T22:13:20.0000003Z | 11111111-1111-1111-1111-111111111111',
      '4 | 2022-09-28T22:13:20.0000004Z | 11111111-1111-1111-1111-111111111111',
    ]);
    const union = await harness.run(
      "union StormEvents, StormEvents | where cursor_after('150') | summarize count(), max(ingestion_time())",
    );
    assert.deepEqual(union.rows, ['4 | 2022-09-28T22:13:20.0000004Z']);
  });

  it('a projected column of the same name as a hidden one does not take its place', async () => {
    const answer = await harness.run(
      "StormEvents | extend ['$seq'] = 7, ['$ingested'] = 8 | where cursor_after('200') | project ['$seq'], ingestion_time()",
    );
    assert.deepEqual(answer.rows, ['7 | 2022-09-28T22:13:20.0000004Z']);
    assert.deepEqual(answer.columns, ['$seq:long', '$IngestionTime:datetime']);
  });

  it('the current cursor is a parameter', async () => {
    const answer = await harness.run('print cursor_current(), current_cursor()', { cursor: '42' });
    assert.deepEqual(answer.rows, ["'42' | '42'"]);
    assert.equal(answer.compilation.usesCursor, true);
    assert.equal(answer.compilation.filtersByCursor, false);
    const bounded = await harness.run('StormEvents | where cursor_before_or_at(cursor_current()) | count', {
      cursor: '150',
    });
    assert.deepEqual(bounded.rows, ['3']);
  });

  it('a cursor from a query parameter', async () => {
    const answer = await harness.run(
      'declare query_parameters(c: string); StormEvents | where cursor_after(c) | count',
      { parameters: { c: '150' } },
    );
    assert.deepEqual(answer.rows, ['2']);
  });

  it('predicates are plain comparisons of the stored column', () => {
    const [result] = harness.compile(
      "StormEvents | where cursor_after('5') and cursor_before_or_at('9')",
    ).results;
    assert.match(result?.sql ?? '', /"\$seq" > CAST\(5 AS BIGINT\)/);
    assert.match(result?.sql ?? '', /"\$seq" <= CAST\(9 AS BIGINT\)/);
  });

  it('a window of a large table is filtered where the table is scanned', async () => {
    const { connection } = harness;
    const compiled = harness.compile(
      "let StormEvents = table('StormEvents') | where cursor_after('5'); StormEvents | where State == 'TEXAS' | extend y = ingestion_time() | summarize arg_max(y, *) by EventId",
    );
    const plan = await connection.runAndReadAll(`EXPLAIN ${compiled.results[0]?.sql ?? ''}`);
    const text = JSON.stringify(plan.getRowsJson());
    assert.match(text, /Filters:[^]*\$seq/);
  });

  it('after summarize, join, distinct and in print there are no records', async () => {
    const answer = await harness.run(
      'StormEvents | summarize count() | project ingestion_time(), extent_id()',
    );
    assert.deepEqual(answer.rows, ['null | 00000000-0000-0000-0000-000000000000']);
    checkRefusals(harness, {
      "StormEvents | summarize count() by State | where cursor_after('1')": [
        'SEM0100',
        /records of a table.*1:50/,
      ],
      "StormEvents | distinct State | where cursor_after('1')": ['SEM0100', /records of a table/],
      "StormEvents | join kind=inner StormEvents on EventId | where cursor_after('1')": [
        'SEM0100',
        /records/,
      ],
      "print x = 1 | where cursor_before_or_at('1')": ['SEM0100', /records/],
      "StormEvents | where cursor_after('abc')": ['SEM0100', /'abc' is not a cursor/],
      "StormEvents | where cursor_after('99999999999999999999')": ['SEM0100', /not a cursor/],
      "StormEvents | where cursor_before_or_at('')": ['SEM0100', /not an empty string/],
      'StormEvents | where cursor_after(State)': ['SEM0100', /string literal/],
    });
  });
});
