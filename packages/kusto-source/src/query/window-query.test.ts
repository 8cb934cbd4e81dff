import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseEntity } from '../config/config.ts';
import { keyCountQuery, rowCountQuery, shadowLines } from './window-query.ts';

const config = parseEntity('storms', {
  KUSTO_URI: 'http://127.0.0.1:8080',
  KUSTO_DATABASE: 'db',
  KUSTO_TABLE: 'T',
  PRIMARY_KEY: 'k',
  KUSTO_QUERY: 'T | where a > 1 // last',
});

describe('queries of ranges', () => {
  it('have windows that tile: after one cursor, up to and with the other (I1)', () => {
    assert.deepEqual(shadowLines('T', { after: '5', upTo: '9' }), [
      `let ['T'] = table("T") | where cursor_after("5") and cursor_before_or_at("9");`,
    ]);
  });

  it('read rows without an ingestion time by the same predicate, and BOOTSTRAP_WINDOW without them (rule R4)', () => {
    assert.match(
      rowCountQuery(config, { upTo: '9' }, 'append'),
      /where cursor_before_or_at\("9"\) or isnull\(ingestion_time\(\)\);/,
    );
    const since = { upTo: '9', since: '2026-01-01T00:00:00.000Z' };
    assert.match(
      keyCountQuery(config, since, 'append'),
      /where cursor_before_or_at\("9"\) and ingestion_time\(\) >= datetime\(2026-01-01T00:00:00.000Z\);/,
    );
  });

  it('of a whole range shadow nothing', () => {
    assert.equal(
      rowCountQuery(config, { whole: true }, 'append'),
      'T | where a > 1\n| summarize Rows = count()',
    );
  });
});
