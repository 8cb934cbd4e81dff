/** What a user writes for the feed with the official client: the whole result as objects, one publish a row. */
import { Client, KustoConnectionStringBuilder } from 'azure-kusto-data';

const [url = ''] = process.argv.slice(2);
const client = new Client(new KustoConnectionStringBuilder(url));
await fetch(`${url}/v1.0/state/drasi-state/checkpoint`);
const [primary] = (await client.executeQuery('db', 'StormEvents')).primaryResults;
if (primary === undefined) throw new Error('no result');
let lsn = 0;
for (const row of primary.rows()) {
  const properties = row.toJSON<Record<string, unknown>>();
  const now = Date.now() * 1e6;
  lsn += 1;
  const change = {
    op: 'u',
    reactivatorStart_ns: now,
    reactivatorEnd_ns: now,
    payload: {
      source: { db: 'storms', table: 'node', lsn, ts_ns: now },
      after: { id: `StormEvents:${String(properties['EventId'])}`, labels: ['StormEvents'], properties },
    },
  };
  const response = await fetch(`${url}/v1.0/publish/drasi-pubsub/storms-change`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([change]),
  });
  if (response.status !== 204) throw new Error(`publish: ${response.status}`);
}
// Stays until it was asked what it used.
setInterval(() => {}, 60_000);
