import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
before(async () => {
  fixture = await Fixture.start();
  await fixture.kusto.execute(database, '.create table T (Id: long, Bag: dynamic)');
  await fixture.kusto.ingest(database, 'T', [
    { Id: 1n, Bag: { a: 1, s: 'x' } },
    { Id: 2n, Bag: { a: 2 } },
  ]);
});
after(() => fixture[Symbol.asyncDispose]());

it('a query whose columns depend on the data is answered, and follows the data', async () => {
  const query = 'T | evaluate bag_unpack(Bag) | sort by Id asc';
  const first = await fixture.kusto.execute(database, query);
  assert.deepEqual(
    first.columns.map(({ name, type }) => `${name}:${type}`),
    ['Id:long', 'a:long', 's:string'],
  );
  assert.deepEqual(first.rows, [
    [1n, 1n, 'x'],
    [2n, 2n, ''],
  ]);
  await fixture.kusto.ingest(database, 'T', [{ Id: 3n, Bag: { b: true } }]);
  const second = await fixture.kusto.execute(database, query);
  assert.deepEqual(
    second.columns.map(({ name }) => name),
    ['Id', 'a', 'b', 's'],
  );
  assert.equal(second.rows.length, 3);
});

it('over the REST interface, with cursors, set options and several results', async () => {
  const text = await fixture.query(
    "set truncationmaxrecords = 100; T | where cursor_after('') | evaluate bag_unpack(Bag) | summarize sum(a); T | count",
  );
  assert.match(text, /"sum_a"/);
  assert.match(text, /Cursor/);
});

it('a failure while the columns are found out is an error of the request, and frees the connection', async () => {
  await fixture.kusto.ingest(database, 'T', [{ Id: 4n, Bag: { when: '2020-01-01' } }]);
  const { status, error } = await fixture.failure('/v2/rest/query', {
    csl: 'T | where Id == 4 | evaluate bag_unpack(Bag)',
  });
  assert.equal(status, 400);
  assert.match(error['@message'], /slot 'when'.*output schema/);
  const place = await fixture.failure('/v2/rest/query', {
    csl: 'T | where Id < 3 | evaluate bag_unpack(Bag) | where nope',
  });
  assert.match(place.error['@message'], /'nope'.*line:position=1:53/);
  assert.equal(fixture.kusto.runningQueries, 0);
});

it('validatepermissions does not look at the data: the answer is incomplete', async () => {
  const options = { validatepermissions: true };
  assert.match(await fixture.query('T | evaluate bag_unpack(Bag)', options), /"Incomplete"/);
  assert.match(await fixture.query('T | evaluate bag_unpack(Bag) : (a: long)', options), /"OK"/);
  const query = 'T | where Id == 1 | evaluate bag_unpack(Bag)';
  const schema = await fixture.query(query, { query_results_apply_getschema: true });
  assert.match(schema, /\["s",2,"System.String","string"\]/);
});

it('a command has to say the columns', async () => {
  await assert.rejects(
    fixture.kusto.execute(database, '.set U <| T | evaluate bag_unpack(Bag)'),
    /output schema in a command/,
  );
  await fixture.kusto.execute(
    database,
    '.set U <| T | where Id < 3 | evaluate bag_unpack(Bag) : (Id: long, a: long)',
  );
  assert.deepEqual((await fixture.kusto.execute(database, 'U | summarize sum(a)')).rows, [[3n]]);
});
