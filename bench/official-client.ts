/**
 * What a user writes with the official client: the whole result as objects, one JSON.stringify a row, and for the feed one
 * publish a row.
 */
import { Client, KustoConnectionStringBuilder } from 'azure-kusto-data';

const [mode, url] = process.argv.slice(2);
const client = new Client(new KustoConnectionStringBuilder(url ?? ''));
const answer = await client.executeQuery('db', 'StormEvents');
const [primary] = answer.primaryResults;
if (primary === undefined) throw new Error('no result');
let lsn = 0;
for (const row of primary.rows()) {
  const properties = row.toJSON<Record<string, unknown>>();
  const element = { id: `StormEvents:${String(properties['EventId'])}`, labels: ['StormEvents'], properties };
  if (mode === 'snapshot') {
    const line = `${JSON.stringify(element)}\n`;
    if (!process.stdout.write(line)) await new Promise((resolve) => process.stdout.once('drain', resolve));
  } else {
    const now = Date.now() * 1e6;
    lsn += 1;
    const change = {
      op: 'u',
      reactivatorStart_ns: now,
      reactivatorEnd_ns: now,
      payload: { source: { db: 'storms', table: 'node', lsn, ts_ns: now }, after: element },
    };
    const response = await fetch(`${url}/v1.0/publish/drasi-pubsub/storms-change`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([change]),
    });
    if (response.status !== 204) throw new Error(`publish: ${response.status}`);
  }
}
client.close();
process.exit();
