import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { checkRows } from '../../testing/rows.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('tabular operators', () => {
  const harness = testHarness([
    stormEvents,
    {
      name: 'Odd name',
      columns: [
        { name: 'a b', type: 'long' },
        { name: "it's", type: 'string' },
        { name: '$seq2', type: 'int' },
      ],
      rows: [`(1, 'x', 2, 10, 638000000000000000, '11111111-1111-1111-1111-111111111111')`],
    },
  ]);

  const sorted = 'StormEvents | sort by EventId asc, Damage asc';

  it('where, take, count, distinct', async () => {
    await checkRows(harness, [
      { query: 'StormEvents | where Damage > 10 | count', columns: 'Count:long', rows: ['2'] },
      { query: 'StormEvents | where Damage != 10 | count', rows: ['5'] },
      { query: 'StormEvents | where not(Damage == 10) | count', rows: ['5'] },
      { query: 'StormEvents | where not(Damage > 10) | count', rows: ['3'] },
      { query: 'StormEvents | where Ratio > 1 | count', rows: ['2'] },
      { query: 'StormEvents | where isnull(StartTime) | project EventId', rows: ['5'] },
      { query: 'StormEvents | take 0', rows: [] },
      { query: 'StormEvents | limit 2 | count', rows: ['2'] },
      {
        query: 'StormEvents | distinct State | sort by State asc',
        columns: 'State:string',
        rows: ["''", "'NEW YORK'", "'TEXAS'"],
      },
      { query: 'StormEvents | project EventId, State | distinct * | count', rows: ['5'] },
      {
        query: 'StormEvents | where EventId in ((StormEvents | where Damage > 10 | project EventId)) | count',
        rows: ['3'],
      },
      {
        query:
          'StormEvents | where EventId !in ((StormEvents | where Damage > 10 | project EventId)) | count',
        rows: ['3'],
      },
      { query: "['StormEvents'] | where ['State'] == 'TEXAS' | count", rows: ['2'] },
      { query: "table('StormEvents') | count", rows: ['6'] },
    ]);
  });

  it('choosing and computing columns', async () => {
    await checkRows(harness, [
      {
        query: `${sorted} | project EventId, Twice = Damage * 2, Damage + 1, strcat(State, '!') | take 1`,
        columns: 'EventId:int, Twice:long, Column1:long, Column2:string',
        rows: ["1 | 20 | 11 | 'NEW YORK!'"],
      },
      {
        query: `${sorted} | project-away Storm*, Event*, Details, Ratio | take 1`,
        columns: 'State:string, StartTime:datetime, Damage:long',
        rows: ["'NEW YORK' | 2007-01-01T00:00:00.0000000Z | 10"],
      },
      {
        query: `${sorted} | project-keep EventId, Sta* | take 0`,
        columns: 'EventId:int, State:string, StartTime:datetime',
        rows: [],
      },
      {
        query: `${sorted} | project EventId, State | project-rename Id = EventId | take 1`,
        columns: 'Id:int, State:string',
        rows: ["1 | 'NEW YORK'"],
      },
      {
        query: `${sorted} | project EventId, State, Damage | project-reorder Damage, State | take 1`,
        columns: 'Damage:long, State:string, EventId:int',
        rows: ["10 | 'NEW YORK' | 1"],
      },
      {
        query: `${sorted} | project EventId, Damage | extend Damage = Damage + 1, New = Damage, EVENTID = 'x' | take 1`,
        columns: 'EventId:int, Damage:long, New:long, EVENTID:string',
        rows: ["1 | 11 | 10 | 'x'"],
      },
      {
        query: `${sorted} | extend Details.a.b | project Details_a_b | take 1`,
        columns: 'Details_a_b:dynamic',
        rows: ['1'],
      },
      {
        query: "['Odd name'] | project ['a b'], ['it\\'s'], ['$seq2'], a = ['a b'] + 1",
        columns: "a b:long, it's:string, $seq2:int, a:long",
        rows: ["1 | 'x' | 2 | 2"],
      },
      {
        query: "print ['$seq'] = 5, ['$ingested'] = 6 | extend ['$seq'] = ['$seq'] + 1",
        columns: '$seq:long, $ingested:long',
        rows: ['6 | 6'],
      },
    ]);
  });

  it('order: nulls, NaN, and through later operators', async () => {
    await checkRows(harness, [
      { query: 'StormEvents | sort by Damage | project Damage', rows: ['30', '20', '10', '5', '-7', 'null'] },
      {
        query: 'StormEvents | sort by Damage asc | project Damage',
        rows: ['null', '-7', '5', '10', '20', '30'],
      },
      {
        query: 'StormEvents | sort by Damage asc nulls last | project Damage',
        rows: ['-7', '5', '10', '20', '30', 'null'],
      },
      {
        query: 'StormEvents | order by Damage desc nulls first | project Damage',
        rows: ['null', '30', '20', '10', '5', '-7'],
      },
      {
        query: 'StormEvents | sort by Ratio asc | project Ratio',
        rows: ['null', 'NaN', '-Infinity', '0', '1.5', '2.5'],
      },
      {
        query: 'StormEvents | sort by Ratio desc | project Ratio',
        rows: ['2.5', '1.5', '0', '-Infinity', 'NaN', 'null'],
      },
      {
        query: 'StormEvents | sort by Ratio desc nulls first | project Ratio',
        rows: ['null', 'NaN', '2.5', '1.5', '0', '-Infinity'],
      },
      {
        query: 'StormEvents | sort by Damage asc | project State | take 2 | extend x = 1 | project x, State',
        rows: ["1 | 'TEXAS'", "1 | ''"],
      },
      {
        query: 'StormEvents | sort by Damage | sort by State asc, EventId desc | project EventId',
        rows: ['5', '2', '1', '1', '4', '3'],
      },
      { query: 'StormEvents | top 2 by Damage | project Damage', rows: ['30', '20'] },
      { query: 'StormEvents | top 2 by Damage asc | project Damage', rows: ['null', '-7'] },
      {
        query:
          'StormEvents | sort by Damage asc nulls last | serialize n = row_number() | where n == 2 | project Damage',
        rows: ['5'],
      },
    ]);
  });

  it('summarize', async () => {
    await checkRows(harness, [
      {
        query:
          'StormEvents | summarize count() by State | top 5 by count_ | project State, count_ | sort by count_ desc, State asc',
        columns: 'State:string, count_:long',
        rows: ["'NEW YORK' | 3", "'TEXAS' | 2", "'' | 1"],
      },
      {
        query:
          'StormEvents | summarize count(), countif(Damage > 5), sum(Damage), avg(Damage), min(Damage), max(Damage), dcount(State)',
        columns:
          'count_:long, countif_:long, sum_Damage:long, avg_Damage:real, min_Damage:long, max_Damage:long, dcount_State:long',
        rows: ['6 | 3 | 58 | 11.6 | -7 | 30 | 3'],
      },
      {
        query:
          'StormEvents | where false | summarize count(), sum(Damage), min(Damage), avg(Damage), max(State), dcount(State), make_list(State), stdev(Damage), arg_max(Damage, State)',
        rows: ["0 | 0 | null | NaN | '' | 0 | [] | 0 | null | ''"],
      },
      { query: 'StormEvents | where false | summarize count() by State', rows: [] },
      { query: 'StormEvents | summarize by State | count', rows: ['3'] },
      {
        query:
          'StormEvents | summarize n = count() * 2, s = sum(Damage) + 1 by Day = bin(StartTime, 1d) | sort by Day asc',
        columns: 'Day:datetime, n:long, s:long',
        rows: [
          'null | 2 | -6',
          '2007-01-01T00:00:00.0000000Z | 8 | 36',
          '2007-01-02T00:00:00.0000000Z | 2 | 31',
        ],
      },
      {
        query:
          'StormEvents | summarize sumif(Damage, Damage > 5), maxif(Damage, State == "TEXAS"), avgif(Damage, Damage < 0), dcountif(State, Damage > 5)',
        rows: ['60 | 5 | -7 | 1'],
      },
      {
        query:
          'StormEvents | sort by Damage asc | summarize make_list(Damage), make_set(EventId > 0), make_list(Damage, 2)',
        rows: ['[-7,5,10,20,30] | [true] | [-7,5]'],
      },
      {
        query:
          'range x from 1 to 100 step 1 | summarize percentile(x, 50), percentiles(x, 5, 95), stdev(x), variance(x)',
        columns:
          'percentile_x_50:long, percentile_x_5:long, percentile_x_95:long, stdev_x:real, variance_x:real',
        rows: ['50 | 5 | 95 | 29.011491975882016 | 841.6666666666666'],
      },
      {
        query: 'StormEvents | summarize avg(StartTime), max(StartTime) by State | where State == "NEW YORK"',
        rows: ["'NEW YORK' | 2007-01-01T08:20:00.0000000Z | 2007-01-02T00:00:00.0000000Z"],
      },
      {
        query:
          'datatable(x: long)[5, 3, 6] | summarize binary_all_xor(x), binary_all_and(x), binary_all_or(x)',
        rows: ['0 | 0 | 7'],
      },
      { query: 'datatable(x: long)[9223372036854775807] | summarize sum(x)', rows: ['9223372036854775807'] },
      { query: 'datatable(t: timespan)[1h, 2h] | summarize sum(t), avg(t)', rows: ['03:00:00 | 01:30:00'] },
      {
        query: 'datatable(a: string)["", "b"] | summarize take_any(a), any(a)',
        rows: ["'b' | 'b'"],
      },
    ]);
  });

  it('arg_max and arg_min pick one whole row', async () => {
    await checkRows(harness, [
      {
        query: 'StormEvents | summarize arg_max(Damage, EventId, StormSummary) by State | sort by State asc',
        columns: 'State:string, Damage:long, EventId:int, StormSummary:string',
        rows: ["'' | -7 | 5 | 's6'", "'NEW YORK' | 30 | 1 | 's3'", "'TEXAS' | 5 | 4 | 's5'"],
      },
      {
        query:
          'StormEvents | project EventId, State, Damage | summarize arg_min(Damage, *) by State | sort by State asc',
        columns: 'State:string, Damage:long, EventId:int',
        rows: ["'' | -7 | 5", "'NEW YORK' | 10 | 1", "'TEXAS' | 5 | 4"],
      },
      {
        query:
          'StormEvents | summarize arg_max(ingestion_time(), *) by EventId | project EventId, Damage | sort by EventId asc',
        rows: ['1 | 30', '2 | 20', '3 | null', '4 | 5', '5 | -7'],
      },
      // All keys null: some row is taken.
      {
        query: 'datatable(k: long, v: string)[long(null), "a"] | summarize arg_max(k, v)',
        rows: ["null | 'a'"],
      },
      // A returned value may be null.
      {
        query: 'datatable(k: long, v: long)[1, 5, 2, long(null)] | summarize arg_max(k, v)',
        rows: ['2 | null'],
      },
      {
        query:
          'datatable(k: long, a: long, b: long)[1, 1, 10, 1, 2, 20] | summarize arg_max(k, *) | project ok = a * 10 == b',
        rows: ['true'],
      },
    ]);
  });

  it('print, datatable, range, getschema, render, as', async () => {
    await checkRows(harness, [
      {
        query: "print 1, b = 'x', 2.5",
        columns: 'print_0:long, b:string, print_2:real',
        rows: ["1 | 'x' | 2.5"],
      },
      {
        query:
          "datatable(a: long, b: string, c: datetime)[1, 'x', datetime(2020-01-01), long(null), '', datetime(null)]",
        columns: 'a:long, b:string, c:datetime',
        rows: ["1 | 'x' | 2020-01-01T00:00:00.0000000Z", "null | '' | null"],
      },
      { query: 'datatable(a: real, b: int)[1, 2]', columns: 'a:real, b:int', rows: ['1 | 2'] },
      { query: 'datatable(a: long)[]', columns: 'a:long', rows: [] },
      { query: 'range x from 1 to 5 step 2', columns: 'x:long', rows: ['1', '3', '5'] },
      {
        query: 'range t from datetime(2020-01-01) to datetime(2020-01-02) step 12h | count',
        rows: ['3'],
      },
      {
        query: 'StormEvents | project EventId, Ratio | getschema',
        columns: 'ColumnName:string, ColumnOrdinal:long, DataType:string, ColumnType:string',
        rows: ["'EventId' | 0 | 'System.Int32' | 'int'", "'Ratio' | 1 | 'System.Double' | 'real'"],
      },
      { query: 'print x = 1 | as T | extend y = 2', rows: ['1 | 2'] },
    ]);
    const rendered = harness.compile('StormEvents | count | render timechart with (title = "x")');
    assert.deepEqual(JSON.parse(rendered.visualization ?? ''), { Visualization: 'timechart', Title: 'x' });
  });

  it('let: scalars, tables, functions, shadowing', async () => {
    await checkRows(harness, [
      { query: 'let x = 5; let y = x + 1; print y', rows: ['6'] },
      { query: "let T = StormEvents | where State == 'TEXAS'; T | count", rows: ['2'] },
      {
        query: "let StormEvents = table('StormEvents') | where State == 'TEXAS'; StormEvents | count",
        rows: ['2'],
      },
      {
        query: 'let f = (a: long, b: long = 2) { a * b }; print f(3), f(3, 4), f(b = 5, a = 1)',
        rows: ['6 | 12 | 5'],
      },
      { query: 'let f = (s: string) { StormEvents | where State == s }; f("TEXAS") | count', rows: ['2'] },
      { query: 'let f = (T: (EventId: int)) { T | where EventId > 2 }; f(StormEvents) | count', rows: ['3'] },
      {
        query:
          'let f = (a: long) { let b = a + 1; b * 2 }; StormEvents | where EventId == 5 | project f(EventId)',
        rows: ['12'],
      },
      { query: 'let x = 1; let f = () { x }; let g = (x: long) { f() * 10 + x }; print g(5)', rows: ['15'] },
      {
        query:
          'let h = (a: long) { a + 1 }; let f = () { let h = (a: long, b: long) { a + b }; h(2, 3) }; print f(), h(1)',
        rows: ['5 | 2'],
      },
      {
        query:
          'let f = (T: (Damage: long)) { T | extend z = Damage + 1, Damage = 5 | extend y = Damage }; let S = StormEvents | where EventId == 5; f(S) | project z, Damage, y',
        rows: ['-6 | 5 | 5'],
      },
      { query: 'let m = materialize(StormEvents | where Damage > 5); m | union m | count', rows: ['6'] },
      { query: 'let n = toscalar(StormEvents | count); print n + 1', rows: ['7'] },
      {
        query:
          'let low = toscalar(StormEvents | summarize min(Damage)); StormEvents | where Damage == low | project EventId',
        rows: ['5'],
      },
    ]);
  });

  it('union and join', async () => {
    await checkRows(harness, [
      { query: 'StormEvents | union StormEvents | count', rows: ['12'] },
      {
        query: 'union (print a = 1), (print b = "x") | sort by a desc',
        columns: 'a:long, b:string',
        rows: ["1 | ''", "null | 'x'"],
      },
      {
        query:
          'let L = datatable(k: long, v: string)[1, "a", 1, "b", 2, "c"]; let R = datatable(k: long, w: string)[1, "x", 3, "y"]; L | join kind=inner R on k | sort by v asc',
        columns: 'k:long, v:string, k1:long, w:string',
        rows: ["1 | 'a' | 1 | 'x'", "1 | 'b' | 1 | 'x'"],
      },
      {
        query:
          'let L = datatable(k: long, v: string)[1, "a", 1, "b", 2, "c"]; let R = datatable(k: long, w: string)[1, "x", 3, "y"]; L | join R on k | count',
        rows: ['1'],
      },
      {
        query:
          'let L = datatable(k: long, v: string)[1, "a", 2, "c"]; let R = datatable(k: long, w: string)[1, "x", 3, "y"]; L | join kind=leftouter R on k | sort by k asc',
        rows: ["1 | 'a' | 1 | 'x'", "2 | 'c' | null | ''"],
      },
      {
        query:
          'let L = datatable(k: long, v: string)[1, "a", 2, "c"]; let R = datatable(k: long, w: string)[1, "x", 3, "y"]; L | join kind=fullouter R on k | sort by k asc, k1 asc',
        rows: ["null | '' | 3 | 'y'", "1 | 'a' | 1 | 'x'", "2 | 'c' | null | ''"],
      },
      {
        query:
          'let L = datatable(k: long)[1, 2, long(null)]; let R = datatable(k: long)[1, long(null)]; L | join kind=leftanti R on k | sort by k asc',
        columns: 'k:long',
        rows: ['null', '2'],
      },
      {
        query:
          'let L = datatable(a: long)[1, 2]; let R = datatable(b: long)[2, 3]; L | join kind=leftsemi R on $left.a == $right.b',
        columns: 'a:long',
        rows: ['2'],
      },
      {
        query:
          'let L = datatable(a: long)[1, 2]; let R = datatable(b: long)[2, 3]; L | join kind=rightsemi R on $left.a == $right.b',
        columns: 'b:long',
        rows: ['2'],
      },
    ]);
  });

  it('a value made of a row has no meaning over other rows', async () => {
    const pairs = 'let Pairs = datatable(x: long, y: long)[1, 2, 3, 4]; ';
    const f = `${pairs}let f = (k: long) { toscalar(Pairs | where x == k | project y) }; `;
    const rows = 'datatable(x: long)[1, 3]';
    checkRefusals(harness, {
      [`${f}${rows} | extend y = f(x)`]: ['SEM0100', /can't use 'k'.*row-context/],
      [`${f}${rows} | where f(x + 1) == 2`]: ['SEM0100', /can't use 'k'/],
      [`${f}let g = (k: long) { f(k) }; ${rows} | extend y = g(x)`]: ['SEM0100', /can't use 'k'/],
      [`${pairs}let f = (k: long) { let m = k + 1; m in ((Pairs | where x == m | project y)) }; ${rows} | extend f(x)`]:
        ['SEM0100', /can't use 'm'/],
      [`${rows} | extend y = toscalar(datatable(z: long)[1] | where z == x)`]: ['SEM0100', /'x'/],
    });
    await checkRows(harness, [
      { query: `${f}${rows} | extend y = f(1)`, rows: ['1 | 2', '3 | 2'] },
      {
        query: `${f}let one = toscalar(Pairs | summarize min(x)); ${rows} | extend y = f(one)`,
        rows: ['1 | 2', '3 | 2'],
      },
      {
        query: `let f = (k: long) { let m = k + 1; m * k }; ${rows} | extend y = f(x)`,
        rows: ['1 | 2', '3 | 12'],
      },
      {
        query: `let f = (k: long) { k + 1 }; let g = (k: long) { f(k) * 2 }; ${rows} | summarize sum(g(x))`,
        rows: ['12'],
      },
    ]);
  });

  it('several statements give several results', async () => {
    const answers = await harness.runAll('print 1; let x = 2; print x');
    assert.deepEqual(
      answers.map((answer) => answer.rows),
      [['1'], ['2']],
    );
  });

  it('a chain of hundreds of conditions compiles and runs', async () => {
    const chain = Array.from({ length: 300 }, (_unused, index) => `EventId == ${index}`).join(' or ');
    const answer = await harness.run(`StormEvents | where ${chain} | count`);
    assert.deepEqual(answer.rows, ['6']);
  });

  it('errors name what is wrong and where', () => {
    checkRefusals(harness, {
      'StormEvents | where Nope == 1': ['SEM0100', /Failed to resolve scalar expression named 'Nope'.*1:21/],
      'Nope | count': ['SEM0100', /Nope.*1:1/],
      "table('Nope') | count": ['SEM0100', /Nope/],
      'StormEvents | bogus': ['SYN0002', /1:15/],
      'StormEvents | where (EventId == 1': ['SYN0002', /line:position/],
      'StormEvents |': ['SYN0002', /line:position/],
      'StormEvents | reduce by State': ['SEM0001', /'reduce'.*1:15/],
      "StormEvents | search 'x'": ['SEM0001', /'search'.*1:15/],
      "search 'x'": ['SEM0001', /'search'.*1:1/],
      'find where EventId == 1': ['SEM0001', /'find'.*1:1/],
      'StormEvents | consume': ['SEM0001', /'consume'.*1:15/],
      'StormEvents | evaluate autocluster()': ['SEM0001', /autocluster/],
      'StormEvents | sort by Details': ['SEM0100', /dynamic/],
      'StormEvents | take -1': ['SEM0100', /negative/],
      'let x = 1;': ['SYN0002', /line:position/],
      '': ['SYN0002', /line:position/],
      "cluster('x').database('y').T": ['SEM0001', /source of rows|cluster/],
      "database('other').StormEvents": ['SEM0100', /other/],
    });
  });
});
