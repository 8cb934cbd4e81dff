/**
 * What a user writes for a bootstrap with the official client: execute the query, map the rows, one JSON.stringify and one
 * write a row, waiting where the reader is slow.
 */
import { Client, KustoConnectionStringBuilder } from 'azure-kusto-data';
import { kustoUrl, serve } from './serve.ts';

const client = new Client(new KustoConnectionStringBuilder(kustoUrl));

async function answer(outgoing: NodeJS.WritableStream): Promise<void> {
  const [primary] = (await client.executeQuery('db', 'StormEvents')).primaryResults;
  if (primary === undefined) throw new Error('no result');
  for (const row of primary.rows()) {
    const properties = row.toJSON<Record<string, unknown>>();
    const element = {
      id: `StormEvents:${String(properties['EventId'])}`,
      labels: ['StormEvents'],
      properties,
    };
    if (!outgoing.write(`${JSON.stringify(element)}\n`))
      await new Promise((resolve) => outgoing.once('drain', resolve));
  }
  outgoing.end();
}

serve(answer);
