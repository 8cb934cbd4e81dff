import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { checkRows } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('parse-kv', () => {
  const harness = testHarness([stormEvents]);

  const check = (query: string, columns: string, rows: readonly string[]): Promise<void> =>
    checkRows(harness, [{ query, columns, rows }]);

  it('delimiters: typed columns, absent keys, values of another type', async () => {
    await check(
      `datatable(s: string) ["id: 7, note: a b, on: true", "note:; id: x", ""]
       | parse-kv s as (note: string, id: long, ['on']: bool, gone: string) with (pair_delimiter = ',', kv_delimiter = ':') | project-away s`,
      'note:string, id:long, on:bool, gone:string',
      ["'a b' | 7 | true | ''", "'; id: x' | null | null | ''", "'' | null | null | ''"],
    );
    await check(
      `print s = "t=2020-01-02T03:04:05Z|p=1.00:00:01|d={\\"a\\":1}|r=1e3"
       | parse-kv s as (t: datetime, p: timespan, d: dynamic, r: real, none: dynamic) with (pair_delimiter = '|', kv_delimiter = '=') | project-away s`,
      't:datetime, p:timespan, d:dynamic, r:real, none:dynamic',
      ['2020-01-02T03:04:05.0000000Z | 1.00:00:01 | {"a":1} | 1000 | null'],
    );
  });

  it('quotes, escapes, greedy', async () => {
    await check(
      `print s = @'a="x, \\"y" (b c)=(1) d=2'
       | parse-kv s as (a: string, ['b c']: int, d: int) with (pair_delimiter = ' ', kv_delimiter = '=', quote = '"', quote = '()', escape = '\\\\') | project-away s`,
      'a:string, b c:int, d:int',
      [`'x, "y' | 1 | 2`],
    );
    await check(
      "print s = 'who=Ann Lee no=5 55' | parse-kv s as (who: string, no: string) with (pair_delimiter = ' ', kv_delimiter = '=', greedy = true) | project who, no",
      'who:string, no:string',
      ["'Ann Lee' | '5 55'"],
    );
    await assert.rejects(
      harness.run(
        "print s = 'who=Ann Lee no=5' | parse-kv s as (who: string) with (pair_delimiter = ' ', kv_delimiter = '=', greedy = true)",
      ),
      /the key 'no'/,
    );
  });

  it('no delimiters', async () => {
    await check(
      `print s = "2021-01-01 [INFO] id:458, text: 'it is, up'" | parse-kv s as (text: string, id: long) with (quote = "'") | project text, id`,
      'text:string, id:long',
      ["'it is, up' | 458"],
    );
    await check('StormEvents | take 1 | parse-kv State as (NEW: string) | project NEW', 'NEW:string', [
      "'YORK'",
    ]);
  });

  it('regex: the first group is the key, the second the value', async () => {
    await check(
      String.raw`print s = '<one> = 1; <two words> = x; <one> = 2' | parse-kv s as (one: int, ['two words']: string, three: string) with (regex = @'<([\w ]+)>\s*=\s*([^;]*)') | project-away s`,
      'one:int, two words:string, three:string',
      ["1 | 'x' | ''"],
    );
  });

  it('refusals', () => {
    const query = (properties: string, keys = 'a: long') =>
      `StormEvents | parse-kv State as (${keys})${properties === '' ? '' : ` with (${properties})`}`;
    checkRefusals(harness, {
      [query("pair_delimiter = ','")]: ['SEM0100', /together/],
      [query("regex = '(a)'")]: ['SEM0100', /two groups/],
      [query("regex = '(a)(b)', quote = '\"'")]: ['SEM0100', /no delimiters/],
      [query("quote = 'abc'")]: ['SEM0100', /quote/],
      [query("escape = '!'")]: ['SEM0100', /quote/],
      [query('greedy = true')]: ['SEM0100', /greedy/],
      [query('', 'a_b: long')]: ['SEM0001', /'a_b'/],
      [query("pair_delimiter = ',', kv_delimiter = ':'", 'State: string')]: ['SEM0001', /second column/],
    });
  });
});
