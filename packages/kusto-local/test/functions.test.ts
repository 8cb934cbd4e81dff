import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { asking, database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
const { rows, refused } = asking(() => fixture);

before(async () => {
  fixture = await Fixture.start();
  await fixture.kusto.execute(database, '.create table T (a: long, b: string)');
  await fixture.kusto.ingest(database, 'T', '1,one\n2,two\n3,three');
});

after(() => fixture[Symbol.asyncDispose]());

beforeEach(async () => {
  await fixture.kusto.execute(database, '.drop functions (F, G, H, Over, Add) ifexists');
});

test('a function is shown as it was made', async () => {
  const made = await rows(`.create function with (docstring = "says", folder = 'd') F(n:long, s:string = "q")
    { T | where a < n and b != s }`);
  assert.deepEqual(made, [['F', '(n:long, s:string = "q")', '{ T | where a < n and b != s }', 'd', 'says']]);
  assert.deepEqual(await rows('.show function F'), made);
  assert.deepEqual(await rows('.show functions'), made);
  assert.deepEqual(await rows('.show functions | project Name, Folder'), [['F', 'd']]);
  assert.deepEqual(await rows('.create function ifnotexists F() { print 1 }'), made);
  await refused('.create function F() { print 1 }', /exists already/);
  assert.deepEqual((await rows('.alter function F() { print 1 }'))[0], [
    'F',
    '()',
    '{ print 1 }',
    'd',
    'says',
  ]);
  assert.equal((await rows('.alter function F docstring "new"'))[0]?.[4], 'new');
  assert.equal((await rows('.alter function F folder "x"'))[0]?.[3], 'x');
  await refused('.alter function G() { print 1 }', /Function 'G' was not found/);
  await refused('.show function G', /Function 'G' was not found/);
});

test('functions are called with and without brackets, with defaults and names, and within others', async () => {
  await rows('.create function F(n:long, s:string = "two") { T | where a <= n and b != s }');
  await rows('.create function G() { F(3) | summarize total = sum(a) }');
  await rows('.create function Add(x:long, y:long = 10) { let z = x + y; z }');
  await rows('.create function Over(Rows:(a:long), least:long) { Rows | where a >= least | count }');
  assert.deepEqual(await rows('F(2)'), [[1n, 'one']]);
  assert.deepEqual(await rows('F(2, "one") | project a'), [[2n]]);
  assert.deepEqual(await rows('F(s="one", n=2) | project a'), [[2n]]);
  assert.deepEqual(await rows('G'), [[4n]]);
  assert.deepEqual(await rows('G() | extend twice = total * 2'), [[4n, 8n]]);
  assert.deepEqual(await rows('T | where a == 1 | project Add(a), Add(a, 1)'), [[11n, 2n]]);
  assert.deepEqual(await rows('print Add(1) + Add(2)'), [[23n]]);
  assert.deepEqual(await rows('Over(T, 2)'), [[2n]]);
  assert.deepEqual(await rows('Over((T | where a != 3), 2)'), [[1n]]);
  assert.deepEqual(await rows('T | invoke Over(2)'), [[2n]]);
  assert.deepEqual(await rows('T | join kind=inner (F(1)) on a | project b1'), [['one']]);
});

test('a stored function sees the database, not the names of the query', async () => {
  await rows('.create function F() { T | where a == 1 }');
  await rows('.create function G() { F() | count }');
  // The query's own F is not G's, and its variables are nobody's but its own.
  assert.deepEqual(await rows('let F = () { T }; let a = 5; G() | extend own = toscalar(F | count)'), [
    [1n, 3n],
  ]);
  assert.deepEqual(await rows('let F = () { T }; F | count'), [[3n]]);
  assert.deepEqual(await rows('let T = datatable(a:long, b:string)[9, "x"]; F | project a'), [[1n]]);
});

test('what is wrong in a definition is told at its place', async () => {
  const text = '.create function\n with (folder="f") F(x:long) { T | where nope == x }';
  await refused(text, /nope.*line:position=2:42/, text.indexOf('nope'));
  await refused('.create function F(x:strange) { T }', /a scalar type/, 19);
  await refused('.create function F(x) { T }', /'name: type'/, 19);
  await refused('.create function F() { T ', /the function's body/);
  await refused('.create function F(x:long { T }', /the function's parameters/);
  await refused('.create function with (colour = "red") F() { T }', /property 'colour'/);
  await refused('.create function with (view = true) F() { T }', /stored views/);
  await refused('.create function T() { print 1 }', /taken by a table/);
  await refused(".create function ['a/b']() { print 1 }", /not a valid function name/);
  assert.deepEqual(await rows('.show functions'), []);
});

test('the name of a built-in function is refused', async () => {
  await refused('.create function strlen(s:string) { 42 }', /'strlen' is the name of a built-in function/);
  await refused('.create function dcount() { T }', /built-in/);
});

test('functions are found through database() of their own database', async () => {
  await rows('.create function F(n:long) { T | where a == n }');
  assert.deepEqual(await rows(`database('${database}').F(2) | project b`), [['two']]);
  await refused(`let F = (n:long) { T }; database('${database}').F(2)`, /not supported/);
  await rows(
    '.create function G(c:string, d:string) { T | where cursor_after(c) and cursor_before_or_at(d) | count }',
  );
  const [[cursor] = []] = await rows('print cursor_current()');
  assert.deepEqual(await rows(`G('', '${String(cursor)}')`), [[3n]]);
});

test('cycles are refused, also through others', async () => {
  await refused('.create function F() { F() }', /the function 'F' calls itself \(F → F\)/);
  await rows('.create function F() { T }');
  await rows('.create function G() { F() }');
  await rows('.create function H() { G() | count }');
  await refused('.create-or-alter function F() { H() | extend a = 1 }', /calls itself \(F → H → G → F\)/);
  assert.deepEqual(await rows('H'), [[3n]]);
});

test('skipvalidation stores what only later means something; until then a call says why', async () => {
  await rows('.create function with (skipvalidation = true) F() { G() | count }');
  await refused('F() | take 1', /in the function 'F': .*G/, 0);
  await rows('.create function G() { T }');
  assert.deepEqual(await rows('F()'), [[3n]]);
  await rows('.create-or-alter function with (skipvalidation = true) G() { F() }');
  await refused('F() | take 1', /./);
});

test('a part of the language that is refused is told at the call', async () => {
  await rows('.create function F() { T | evaluate autocluster() }');
  await refused('T | take 1 | join (F()) on a', /in the function 'F': .*not supported/, 19);
});

test('a plugin whose columns depend on the data needs them declared in a function', async () => {
  await rows('.create function F() { T | project d = bag_pack("k", a) | evaluate bag_unpack(d) }');
  await refused('F | take 1', /in the function 'F': a plugin without an output schema/, 0);
  await rows('.create function G() { T | project d = bag_pack("k", a) | evaluate bag_unpack(d) : (k:long) }');
  assert.deepEqual(await rows('G | summarize sum(k)'), [[6n]]);
  // What is found out for a plugin of the query itself stays there.
  assert.deepEqual(
    await rows(
      'T | project d = bag_pack("z", a) | evaluate bag_unpack(d) | join kind=inner (G) on $left.z == $right.k | count',
    ),
    [[3n]],
  );
});

test('dropped functions are gone', async () => {
  await rows('.create function F() { T }');
  await rows('.create function G() { T }');
  assert.deepEqual(await rows('.drop function F'), [['F']]);
  await refused('F()', /F/);
  await refused('.drop function F', /was not found/);
  assert.deepEqual(await rows('.drop function F ifexists'), []);
  assert.deepEqual(await rows('.drop functions (F, G) ifexists'), []);
});

test('functions are in the schemas that clients read', async () => {
  await rows('.create function with (docstring = "d") F(R:(a:long), n:long = 5) { T | where a == n }');
  const [[json] = []] = await rows('.show schema as json');
  const { Databases } = JSON.parse(String(json)) as {
    Databases: Record<string, { Functions: Record<string, { InputParameters: unknown; Body: string }> }>;
  };
  assert.deepEqual(Databases[database]?.Functions['F']?.InputParameters, [
    { Name: 'R', Columns: [], CslType: '(a:long)' },
    { Name: 'n', Type: 'System.Int64', CslType: 'long', CslDefaultValue: '5' },
  ]);
  const script = (await rows(`.show database ${database} schema as csl script`)).map(([line]) =>
    String(line),
  );
  assert.equal(
    script.at(-1),
    '.create-or-alter function with (docstring="d", skipvalidation="true") F(R:(a:long), n:long = 5) { T | where a == n }',
  );
});

test('functions survive a restart', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'kusto-local-functions-'));
  try {
    {
      await using first = await Fixture.start({ dataDir });
      await first.kusto.execute(database, '.create function F(n:long) { print v = n * 2 }');
    }
    await using second = await Fixture.start({ dataDir });
    assert.deepEqual((await second.kusto.execute(database, 'F(4)')).rows, [[8n]]);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});
