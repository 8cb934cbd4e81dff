import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { completeText } from '../../discovered-schemas.ts';
import { checkRefusals } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { checkUnordered } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('evaluate', () => {
  const harness = testHarness([stormEvents]);

  const check = (query: string, columns: string, rows: readonly string[]): Promise<void> =>
    checkUnordered(harness, query, columns, rows);

  const bags = `datatable(n: long, d: dynamic) [
    1, dynamic({"b": true, "a": 1, "s": "x", "m": 1}), 2, dynamic({"a": 20, "r": 0.5, "m": "t", "o": {"p": [1]}, "s": null}),
    3, dynamic(null), 4, dynamic([1, 2])]`;

  it('bag_unpack: a column for each slot, of its values type, dynamic where they differ', async () => {
    await check(
      `${bags} | evaluate bag_unpack(d)`,
      'n:long, a:long, b:bool, m:dynamic, o:dynamic, r:real, s:string',
      [
        "1 | 1 | true | 1 | null | null | 'x'",
        '2 | 20 | null | "t" | {"p":[1]} | 0.5 | \'\'',
        "3 | null | null | null | null | null | ''",
        "4 | null | null | null | null | null | ''",
      ],
    );
    await check('datatable(d: dynamic) [dynamic(null)] | evaluate bag_unpack(d) | count', 'Count:long', [
      '1',
    ]);
    await check(
      'datatable(d: dynamic) [dynamic({"a/b~c\'\\"": 1, "A": 2, "a": 3})] | evaluate bag_unpack(d)',
      'A:long, a:long, a/b~c\'":long',
      ['2 | 3 | 1'],
    );
    const nameless = 'datatable(d: dynamic) [dynamic({"": 1, "*": 2})] | evaluate bag_unpack(d';
    await check(`${nameless}, 'p')`, 'p:long, p*:long', ['1 | 2']);
    await assert.rejects(() => harness.run(`${nameless})`), /a slot without a name/);
  });

  it('what follows is bound to the columns found; several plugins; let', async () => {
    await check(
      `${bags} | evaluate bag_unpack(d, 'p_') | where p_a > 1 | project x = p_a + n, p_s, t = gettype(p_m)`,
      'x:long, p_s:string, t:string',
      ["22 | '' | 'string'"],
    );
    await check(
      `let L = ${bags} | evaluate bag_unpack(d) | project n, a;
       L | join kind=inner (datatable(e: dynamic) [dynamic({"a": 20, "z": "q"})] | evaluate bag_unpack(e)) on a | project n, z`,
      'n:long, z:string',
      ["2 | 'q'"],
    );
    await check(
      'StormEvents | sort by EventId desc | evaluate bag_unpack(Details) | getschema | count',
      'Count:long',
      ['9'],
    );
  });

  it('bag_unpack: conflicts with columns that stay, ignored slots', async () => {
    const table = 'datatable(a: string, d: dynamic) ["s", dynamic({"a": 1, "b": 2}), "t", dynamic({"b": 3})]';
    await check(`${table} | evaluate bag_unpack(d, columnsConflict = 'replace_source')`, 'a:long, b:long', [
      '1 | 2',
      'null | 3',
    ]);
    await check(`${table} | evaluate bag_unpack(d, columnsConflict = 'keep_source')`, 'a:string, b:long', [
      "'s' | 2",
      "'t' | 3",
    ]);
    await check(`${table} | evaluate bag_unpack(d, ignoredProperties = dynamic(['a']))`, 'a:string, b:long', [
      "'s' | 2",
      "'t' | 3",
    ]);
    await check(`${table} | evaluate bag_unpack(d, 'x', 'error', dynamic(['b']))`, 'a:string, xa:long', [
      "'s' | 1",
      "'t' | null",
    ]);
    await assert.rejects(
      harness.run(`${table} | evaluate bag_unpack(d)`),
      /column named 'a'.*line:position=1:115/,
    );
    await assert.rejects(
      harness.run(`${table} | evaluate bag_unpack(d) : (a: string, b: long)`),
      /slot with the name of a column/,
    );
  });

  it('bag_unpack with an output schema: those columns only, and values of their types only', async () => {
    await check(
      `${bags} | evaluate bag_unpack(d) : (*, a: int, none: string)`,
      'n:long, a:int, none:string',
      ["1 | 1 | ''", "2 | 20 | ''", "3 | null | ''", "4 | null | ''"],
    );
    await check(
      'datatable(d: dynamic) [dynamic({"t": "2020-01-02", "p": "01:00:00", "g": "74be27de-1e4e-49d9-b579-fe0b331d3642", "r": 1})] | evaluate bag_unpack(d) : (t: datetime, p: timespan, g: guid, r: real)',
      't:datetime, p:timespan, g:guid, r:real',
      ['2020-01-02T00:00:00.0000000Z | 01:00:00 | 74be27de-1e4e-49d9-b579-fe0b331d3642 | 1'],
    );
    await assert.rejects(
      harness.run(`${bags} | evaluate bag_unpack(d) : (a: string)`),
      /for the column 'a' is no string/,
    );
    await assert.rejects(
      harness.run(`${bags} | evaluate bag_unpack(d) : (s: long)`),
      /for the column 's' is no long/,
    );
  });

  it('bag_unpack: texts that may have been datetimes, timespans or guids ask for a schema', async () => {
    for (const value of [
      '"2020-01-02T03:04:05Z"',
      '"01:02:03"',
      '"74be27de-1e4e-49d9-b579-fe0b331d3642"',
      'null',
    ]) {
      await assert.rejects(
        harness.run(`datatable(d: dynamic) [dynamic({"v": ${value}})] | evaluate bag_unpack(d)`),
        /slot 'v'.*output schema/,
        value,
      );
    }
  });

  const sales =
    'datatable(k: string, s: string, v: long) ["a", "X", 5, "a", "Y", 6, "b", "X", 7, "b", "X", 8]';

  it('pivot', async () => {
    await check(`${sales} | project k, s | evaluate pivot(s)`, 'k:string, X:long, Y:long', [
      "'a' | 1 | 1",
      "'b' | 2 | 0",
    ]);
    await check(`${sales} | evaluate pivot(s, sum(v))`, 'k:string, X:long, Y:long', [
      "'a' | 5 | 6",
      "'b' | 15 | 0",
    ]);
    await check(
      `${sales} | evaluate pivot(s, avg(v), k) | extend d = X - Y`,
      'k:string, X:real, Y:real, d:real',
      ["'a' | 5 | 6 | -1", "'b' | 7.5 | null | null"],
    );
    await check(`${sales} | project s, v | evaluate pivot(s, max(v))`, 'X:long, Y:long', ['8 | 6']);
    await check(`${sales} | where false | evaluate pivot(s, max(v), k)`, 'k:string', []);
    await check(
      `${sales} | project k, s | evaluate pivot(s) : (k: string, Y: long, X: long)`,
      'k:string, Y:long, X:long',
      ["'a' | 1 | 1", "'b' | 0 | 2"],
    );
    for (const schema of ['(k: string, X: long)', '(k: string, X: long, Y: long, Z: long)']) {
      await assert.rejects(
        harness.run(`${sales} | project k, s | evaluate pivot(s) : ${schema}`),
        /does not match/,
      );
    }
  });

  it('narrow', async () => {
    const answer = await harness.run(
      'StormEvents | where Damage > 10 | sort by Damage desc | project EventId, Details, State | evaluate narrow()',
    );
    assert.equal(answer.columns.join(', '), 'Row:long, Column:string, Value:string');
    assert.deepEqual(answer.rows, [
      "0 | 'EventId' | '1'",
      "0 | 'Details' | '{\"a\":null}'",
      "0 | 'State' | 'NEW YORK'",
      "1 | 'EventId' | '2'",
      "1 | 'Details' | ''",
      "1 | 'State' | 'NEW YORK'",
    ]);
  });

  it('places in the completed text are places of the text', () => {
    const source = [{ name: 'k', type: 'long' }] as const;
    const columns = [{ name: 'x', type: 'string' }] as const;
    const discovery = (at: number) => ({ at, sql: '', source, conflict: 'error' as const });
    const completed = completeText('ab|cd|ef', [
      { discovery: discovery(5), columns },
      { discovery: discovery(2), columns: [] },
    ]);
    assert.equal(completed.text, "ab : (['k']:long)|cd : (['k']:long, ['x']:string)|ef");
    for (const letters of ['ab', '|cd', '|ef']) {
      const { length } = letters;
      const place = { start: 'ab|cd|ef'.indexOf(letters), length };
      assert.deepEqual(
        completed.original({ start: completed.text.indexOf(letters), length }),
        place,
        letters,
      );
    }
    assert.throws(
      () => completeText('ab', [{ discovery: discovery(1), columns: source }]),
      /column named 'k'/,
    );
  });

  it('an error behind a plugin is told at its place', async () => {
    await assert.rejects(
      harness.run('StormEvents | project Details | evaluate bag_unpack(Details) | extend x = nope'),
      /named 'nope'.*line:position=1:75/,
    );
  });

  it('refusals', () => {
    checkRefusals(harness, {
      'StormEvents | evaluate autocluster()': ['SEM0001', /the plugin 'autocluster'/],
      "StormEvents | evaluate python(typeof(*), 'x')": ['SEM0001', /the plugin 'python'/],
      'StormEvents | evaluate nope()': ['SEM0100', /nope/],
      'StormEvents | evaluate bag_unpack(State)': ['SEM0100', /./],
      "StormEvents | evaluate bag_unpack(Details, columnsConflict = 'x')": ['SEM0100', /columnsConflict/],
      'StormEvents | evaluate bag_unpack(Details, State)': ['SEM0100', /literal/],
      "StormEvents | evaluate bag_unpack(Details, 'a', 'error', dynamic([]), 1)": ['SEM0100', /bag_unpack/],
      'let f = (T: (Details: dynamic)) { T | evaluate bag_unpack(Details) }; StormEvents | invoke f()': [
        'SEM0001',
        /body of a function/,
      ],
      'StormEvents | evaluate pivot(State, make_list(EventId))': ['SEM0001', /pivot\(\) with 'make_list'/],
      'StormEvents | evaluate pivot(State, count() + 1)': ['SEM0001', /one function/],
      'StormEvents | evaluate pivot(EventId)': ['SEM0001', /int column/],
      'StormEvents | evaluate narrow()': ['SEM0001', /datetime column 'StartTime'/],
    });
  });
});
