import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KustoColumn } from '@drasi-kusto/kusto-client';
import { parseEntity } from '../config/config.ts';
import { keyCountQuery, rangeQuery } from './window-query.ts';

const config = parseEntity('storms', {
  KUSTO_URI: 'http://127.0.0.1:8080',
  KUSTO_DATABASE: 'db',
  KUSTO_TABLE: "odd 'table'",
  PRIMARY_KEY: 'EpisodeId,EventId',
  KUSTO_QUERY: "['odd \\'table\\''] | where a > 1 // last",
});

const long = (name: string): KustoColumn => ({ name, type: 'long' });

describe('queries of ranges', () => {
  it('shadow the table, leave the query as written and fold to one row a key (rule R10)', () => {
    assert.equal(
      rangeQuery(
        config,
        { after: '100', upTo: "2'00" },
        { columns: [long('EpisodeId'), long('EventId'), { name: 'a', type: 'dynamic' }] },
      ),
      [
        `let ['odd \\'table\\''] = table("odd \\'table\\'") | where cursor_after("100") and cursor_before_or_at("2\\'00");`,
        "['odd \\'table\\''] | where a > 1",
        "| extend ['__drasi_ingested'] = ingestion_time()",
        "| extend ['__drasi_tie'] = hash_many(['EpisodeId'], ['EventId'], tostring(['a']))",
        "| summarize arg_max(['__drasi_tie'], *) by ['EpisodeId'], ['EventId'], ['__drasi_ingested']",
        "| summarize arg_max(['__drasi_ingested'], *) by ['EpisodeId'], ['EventId']",
        "| project-away ['__drasi_tie']",
      ].join('\n'),
    );
  });

  it('hash more columns than a function takes arguments', () => {
    const columns = Array.from({ length: 150 }, (_, index) => long(`c${index}`));
    const text = rangeQuery(config, { after: '1', upTo: '2' }, { columns });
    assert.match(
      text,
      /= hash_many\(hash_many\(\['c0'\].*\['c59'\]\), hash_many\(\['c60'\].*\['c149'\]\)\)$/m,
    );
  });

  it("take a slice of the rows behind the user's operators and before the fold", () => {
    const columns = [long('EpisodeId'), long('EventId')];
    const lines = rangeQuery(config, { upTo: '9' }, { columns }, 'x == 1').split('\n');
    assert.deepEqual(lines.slice(1, 4), [
      "['odd \\'table\\''] | where a > 1",
      '| where x == 1',
      "| extend ['__drasi_ingested'] = ingestion_time()",
    ]);
  });

  it('read rows without an ingestion time by the same predicate, never by a union (rule R4)', () => {
    const text = rangeQuery(config, { upTo: '9' }, undefined);
    assert.match(text, /where cursor_before_or_at\("9"\) or isnull\(ingestion_time\(\)\);/);
    assert.doesNotMatch(text, /union|summarize/);
    const since = { upTo: '9', since: '2026-01-01T00:00:00.000Z' };
    assert.match(
      keyCountQuery(config, since),
      /where cursor_before_or_at\("9"\) and ingestion_time\(\) >= datetime\(2026-01-01T00:00:00.000Z\);/,
    );
  });
});
