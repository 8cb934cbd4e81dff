import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KustoServiceError } from '../../errors.ts';
import { checkRefusals } from '../testing/cases.ts';
import { stormEvents } from '../testing/harness.ts';
import { testHarness } from '../testing/test-harness.ts';

describe('statements, functions of the query, names of tables', () => {
  const harness = testHarness([stormEvents]);

  async function check(cases: Readonly<Record<string, readonly string[]>>): Promise<void> {
    for (const [query, rows] of Object.entries(cases)) {
      assert.deepEqual((await harness.run(query)).rows, rows, query);
    }
  }

  it('scalar functions: defaults, names, nesting, shadowing', async () => {
    await check({
      "let f = (a: long, b: string = 'x') { strcat(a, b) }; print f(b = 'y', a = 1), f(2)": ["'1y' | '2x'"],
      'let f = (x: long) { let g = (y: long) { y + x }; g(2) * g(x) }; print f(1)': ['6'],
      'let x = 5; let y = x * 2; let f = () { y + 1 }; print f()': ['11'],
      'let x = 1; let f = (x: long) { x + 1 }; print f(10), x': ['11 | 1'],
      'let f = (d: dynamic) { d.a }; print f(dynamic({"a": 1}))': ['1'],
      'let f = (s: string) { StormEvents | where State == s | count }; print toscalar(f("TEXAS"))': ['2'],
    });
  });

  it('tabular parameters: of a schema, of any; invoke gives the rows as the first', async () => {
    await check({
      'let f = (T: (EventId: int), n: long = 4) { T | where EventId > n | project EventId }; f(StormEvents)':
        ['5'],
      'let f = (T: (EventId: int), n: long = 4) { T | where EventId > n | project EventId }; StormEvents | invoke f(3) | sort by EventId asc':
        ['4', '5'],
      'let f = (T: (*)) { T | count }; f(StormEvents)': ['6'],
      'let f = (T: (*), n: long) { T | take n | count }; StormEvents | invoke f(n = 2)': ['2'],
      'let f = (T: (*), U: (*)) { T | union U | count }; StormEvents | take 1 | invoke f(StormEvents)': ['7'],
      'let f = (T: (x: long)) { T | extend y = x + 1 }; range x from 1 to 2 step 1 | extend z = 0 | invoke f() | invoke f()':
        ['1 | 0 | 2', '2 | 0 | 3'],
      'let T = range x from 1 to 2 step 1; let f = (T: (x: long)) { T | count }; range x from 1 to 3 step 1 | invoke f()':
        ['3'],
    });
  });

  it('views, materialized tables, tables by name', async () => {
    await check({
      'let v = view () { StormEvents | count }; v': ['6'],
      'let v = view () { StormEvents | count }; v()': ['6'],
      'let m = materialize(StormEvents | extend r = rand()); m | join m on r | count': ['6'],
      "let f = (t: string) { table(t) | count }; f('StormEvents')": ['6'],
      "database('db').StormEvents | count": ['6'],
      "database('db').table('StormEvents') | count": ['6'],
      "let t = database('db').StormEvents; t | count": ['6'],
    });
  });

  it('a let that draws a random value draws at each mention', async () => {
    await check({
      'let r = rand(); print r == r': ['false'],
      'let r = rand(); range x from 1 to 5 step 1 | extend a = r | distinct a | count': ['5'],
      'let r = 1 + rand(); let s = r * 2; print s between (2 .. 4), s == s': ['true | false'],
    });
  });

  it('comments, several statements, empty ones', async () => {
    const answers = await harness.runAll('// first\nprint a = "x // y; z"; // tail; x\nprint b = 2;\n');
    assert.deepEqual(
      answers.map((answer) => answer.rows),
      [["'x // y; z'"], ['2']],
    );
  });

  it('query parameters', async () => {
    const value = async (text: string, parameters: Record<string, string | number | boolean>) =>
      (await harness.run(text, { parameters })).rows;
    const text =
      'declare query_parameters(n: long = 5, r: real = 1, t: datetime = datetime(2020-01-01), s: string = "a;b"); print n, r, t, s';
    assert.deepEqual(await value(text, {}), ["5 | 1 | 2020-01-01T00:00:00.0000000Z | 'a;b'"]);
    assert.deepEqual(await value(text, { n: '7', r: '0.5', t: 'datetime(2021-02-03)', s: "it's" }), [
      "7 | 0.5 | 2021-02-03T00:00:00.0000000Z | 'it's'",
    ]);
    checkRefusals(harness, {
      'declare query_parameters(d: dynamic = dynamic([1])); print d': ['SEM0100', /dynamic has no default/],
      'declare query_parameters(n: long); print n': ['SEM0100', /'n' has no value/],
      'declare query_parameters(n: long = "a"); print n': ['SEM0100', /./],
    });
  });

  it('a missing table has its own code', () => {
    for (const query of ['Nope | count', "table('Nope') | count", 'StormEvents | join Nope on EventId']) {
      assert.throws(
        () => harness.compile(query),
        (error) => {
          assert.ok(error instanceof KustoServiceError);
          assert.deepEqual([error.code, error.innerCode], ['BadRequest_TableNotExist', 'SEM0100'], query);
          return true;
        },
      );
    }
  });

  it('refusals', () => {
    checkRefusals(harness, {
      'let f = (x: long) { f(x) }; print f(1)': ['SEM0100', /function named 'f'/],
      'let f = () { g() }; let g = () { f() }; print f()': ['SEM0100', /function named 'g'/],
      'let f = (T: (nope: long)) { T }; StormEvents | invoke f()': ['SEM0100', /required columns/],
      'StormEvents | invoke nope()': ['SEM0100', /nope/],
      "cluster('c').database('db').StormEvents": ['SEM0001', /cluster/],
      "database('other').StormEvents": ['SEM0100', /own database only/],
      "alias database D = cluster('c').database('db'); print 1": ['SEM0001', /alias/],
      'restrict access to (StormEvents); StormEvents': ['SEM0001', /restrict access/],
      "declare pattern p = (a: string) { ('x') = { StormEvents }; }; p('x')": ['SEM0001', /./],
      "externaldata(a: long)['https://example.org/a.csv']": ['SEM0001', /externaldata.*no network/],
      'StormEvents | sort by EventId asc | scan with (step s: true;)': ['SEM0001', /scan/],
    });
  });
});
