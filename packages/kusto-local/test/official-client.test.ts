import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client, ClientRequestProperties, KustoConnectionStringBuilder } from 'azure-kusto-data';
import { database, Fixture } from './endpoint-fixture.ts';

test('the official Node client runs commands and queries, and sees errors', async () => {
  await using fixture = await Fixture.start();
  const client = new Client(new KustoConnectionStringBuilder(fixture.kusto.url));
  await client.execute(
    database,
    '.create table Storms (Id: long, State: string, At: datetime, Length: timespan)',
  );
  const ingested = await client.execute(
    database,
    '.ingest inline into table Storms <|\n1,TEXAS,2026-01-02T03:04:05Z,01:30:00\n2,OHIO,2026-01-02T03:04:06Z,1.00:00:00',
  );
  assert.match(String([...(ingested.primaryResults[0]?.rows() ?? [])][0]?.['ExtentId']), /^[0-9a-f-]{36}$/);

  const answer = await client.execute(database, 'Storms | order by Id asc');
  const rows = [...(answer.primaryResults[0]?.rows() ?? [])].map((row) =>
    row.toJSON<Record<string, unknown>>(),
  );
  assert.deepEqual(rows, [
    { Id: 1, State: 'TEXAS', At: new Date('2026-01-02T03:04:05Z'), Length: 5_400_000 },
    { Id: 2, State: 'OHIO', At: new Date('2026-01-02T03:04:06Z'), Length: 86_400_000 },
  ]);
  const v1 = await client.executeQueryV1(database, 'Storms | count');
  assert.equal([...(v1.primaryResults[0]?.rows() ?? [])][0]?.['Count'], 2);
  assert.equal(v1.getErrorsCount().errors, 0);

  await assert.rejects(client.execute(database, 'Storms | where Nope == 1'), (error: unknown) => {
    const { response } = error as { response: { status: number; data: { error: { code: string } } } };
    assert.deepEqual([response.status, response.data.error.code], [400, 'General_BadRequest']);
    return true;
  });
  // A value breaks the query after its first rows: status 200, but an error for the client.
  await client.execute(database, '.set-or-append Numbers <| range n from 1 to 300000 step 1');
  await assert.rejects(
    client.execute(database, 'Numbers | project q = toscalar(print 9223372036854775807) - 299999 + n'),
    /errors/,
  );
  // A result over its limits is an error too, and so are a throttled request and a connection that is cut.
  const limited = new ClientRequestProperties();
  limited.setOption('truncationmaxrecords', 10);
  await assert.rejects(client.execute(database, 'Numbers', limited), /E_QUERY_RESULT_SET_TOO_LARGE/);
  fixture.kusto.setFaults([{ nth: 1, action: { status: 429 } }, { action: { cutAfterRows: 3 } }]);
  await assert.rejects(client.execute(database, 'Storms'), { name: 'ThrottlingError' });
  await assert.rejects(client.execute(database, 'Storms'));
  client.close();
});
