// A bootstrap of 200,000 rows from a service with its limits on, over a bad network: every id exactly once.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parseEntity } from '../src/config/config.ts';
import { SourceReader } from '../src/query/source-reader.ts';
import { bootstrapElements } from '../src/snapshot/bootstrap.ts';
import { SlicePermits } from '../src/snapshot/slice-permits.ts';

const rows = 200_000;
const early = 1_000;

describe('a snapshot at scale', () => {
  let kusto: KustoLocal;
  before(async () => {
    // 30,000 rows a result: slices of about 50,000 are over the limit.
    kusto = await startKustoLocal({ truncation: { maxRecords: 30_000, maxBytes: 67_108_864 } });
    const database = 'NetDefaultDB';
    const row = "Id = i, Name = strcat('name ', i), Text = 'a text that stands in every row of the table'";
    await kusto.execute(database, '.create table T (Id: long, Name: string, Text: string)');
    // Rows without an ingestion time belong to a bootstrap too.
    await kusto.execute(database, '.alter table T policy ingestiontime false');
    await kusto.execute(database, `.append T <| range i from 1 to ${early} step 1 | project ${row}`);
    await kusto.execute(database, '.alter table T policy ingestiontime true');
    await kusto.execute(
      database,
      `.append T <| range i from ${early + 1} to ${rows} step 1 | project ${row}`,
    );
    // Newer versions of some keys, so that slices have to be folded.
    await kusto.execute(
      database,
      `.append T <| range i from 1 to 500 step 1 | project ${row} | extend Name = 'newer'`,
    );
  });
  after(() => kusto.close());

  it('has every id exactly once, through a cut connection, a 429, a 503 and slices over the limit (R5)', async () => {
    kusto.setFaults([
      { name: 'cut', text: 'hash\\(', nth: [2, 9], action: { cutAfterRows: 7_000 } },
      { name: 'throttled', text: 'hash\\(', nth: 4, action: { status: 429, retryAfterSeconds: 0 } },
      { name: 'unavailable', text: 'hash\\(', nth: 6, action: { status: 503 } },
    ]);
    const log: string[] = [];
    const note = (message: string): number => log.push(message);
    const logger = { debug: note, info: note, warn: note, error: note };
    const config = parseEntity('storms', {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: 'NetDefaultDB',
      KUSTO_TABLE: 'T',
      PRIMARY_KEY: 'Id',
      SLICE_ROWS: '50000',
    });
    await using reader = new SourceReader({ config, logger, env: {} });
    const seen = new Uint8Array(rows + 1);
    let count = 0;
    let newer = 0;
    const permits = new SlicePermits(config.sliceParallelism);
    const { signal } = new AbortController();
    for await (const { ndjson } of bootstrapElements({ reader, config, logger }, permits, signal)) {
      for (const line of Buffer.from(ndjson).toString('latin1').trimEnd().split('\n')) {
        const { id, properties } = JSON.parse(line) as { id: string; properties: { Name: string } };
        const key = Number(id.slice(2));
        seen[key] = (seen[key] ?? 0) + 1;
        count += 1;
        if (properties.Name === 'newer') newer += 1;
      }
    }
    assert.equal(count, rows);
    assert.equal(seen.indexOf(0, 1), -1, 'an id is missing');
    assert.ok(
      seen.every((times) => times <= 1),
      'an id came twice',
    );
    assert.equal(newer, 500, 'the newest version of a key');
    assert.deepEqual(
      kusto.faults.map(({ rule, applied }) => [rule.name, applied]),
      [
        ['cut', 2],
        ['throttled', 1],
        ['unavailable', 1],
      ],
    );
    assert.ok(
      log.some((line) => line.includes('read as its halves')),
      'a slice was over the limit',
    );
    assert.ok(
      log.some((line) => line.includes('is read again')),
      'a slice was read again',
    );
  });
});
