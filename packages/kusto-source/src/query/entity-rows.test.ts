import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KustoColumn } from '@drasi-kusto/kusto-client';
import { parseEntity } from '../config/config.ts';
import type { EntityConfig } from '../config/entity-config.ts';
import type { PropertyValues } from '../config/properties.ts';
import { entityRows, type EntityRows } from './entity-rows.ts';

const entity = (more: PropertyValues = {}): EntityConfig =>
  parseEntity('storms', {
    KUSTO_URI: 'http://127.0.0.1:8080',
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: "odd 'table'",
    PRIMARY_KEY: 'EpisodeId,EventId',
    KUSTO_QUERY: "['odd \\'table\\''] | where a > 1 // last",
    ...more,
  });
const long = (name: string): KustoColumn => ({ name, type: 'long' });
const columns: readonly KustoColumn[] = [long('EpisodeId'), long('EventId'), { name: 'a', type: 'dynamic' }];
const text = (rows: Partial<EntityRows>): string =>
  entityRows({
    config: entity(),
    detection: 'append',
    range: { after: '100', upTo: "2'00" },
    columns,
    fold: true,
    ...rows,
  });

describe('the rows of an entity', () => {
  it('shadow the table, leave the query as written and fold to one row a key (rule R10)', () => {
    assert.equal(
      text({}),
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

  it('fold nothing but what they are known by, when nothing else is wanted', () => {
    const identity = { bucketCount: 8 };
    for (const detection of ['append', 'latest'] as const) {
      const lines = text({ detection, identity, identityAlone: true }).split('\n');
      const live = detection === 'latest' ? ', __drasi_live' : '';
      const narrow = `| project ['EpisodeId'], ['EventId'], ['__drasi_ingested'], ['__drasi_tie']${live}, ['__drasi_bucket'], ['__drasi_first'], ['__drasi_second']`;
      assert.ok(lines.includes(narrow), lines.join('\n'));
      assert.ok(lines.indexOf(narrow) < lines.findIndex((line) => line.startsWith('| summarize')));
      assert.equal(lines.filter((line) => line.includes("['__drasi_first'] =")).length, 1);
    }
    assert.equal(text({ identity, fold: false, identityAlone: true }).includes('| project ['), false);
  });

  it('fold by the version first, where there is one (rule R10)', () => {
    const folds = text({ config: entity({ VERSION_COLUMN: 'v' }) })
      .split('\n')
      .filter((line) => line.startsWith('| summarize'));
    assert.deepEqual(folds, [
      "| summarize arg_max(['__drasi_tie'], *) by ['EpisodeId'], ['EventId'], ['v'], ['__drasi_ingested']",
      "| summarize arg_max(['__drasi_ingested'], *) by ['EpisodeId'], ['EventId'], ['v']",
      "| summarize arg_max(['v'], *) by ['EpisodeId'], ['EventId']",
    ]);
  });

  it('hash more columns than a function takes arguments', () => {
    const many = Array.from({ length: 150 }, (_, index) => long(`c${index}`));
    assert.match(
      text({ columns: many }),
      /= hash_many\(hash_many\(\['c0'\].*\['c59'\]\), hash_many\(\['c60'\].*\['c149'\]\)\)$/m,
    );
  });

  it("take a slice behind the user's operators and before the fold; identity, then filter, then operators behind it", () => {
    const lines = text({
      range: { upTo: '9' },
      slice: 'x == 1',
      identity: { bucketCount: 8 },
      where: '__drasi_bucket in (1, 2)',
      operators: ['| count'],
    }).split('\n');
    assert.deepEqual(lines.slice(1, 4), [
      "['odd \\'table\\''] | where a > 1",
      '| where x == 1',
      "| extend ['__drasi_ingested'] = ingestion_time()",
    ]);
    assert.match(lines[8] ?? '', /^\| extend \['__drasi_bucket'\] = hash\(.*, 8\), \['__drasi_text'\]/);
    assert.deepEqual(lines.slice(-2), ['| where __drasi_bucket in (1, 2)', '| count']);
  });

  it('are bounded by one predicate, never by a union (rule R4)', () => {
    const plain = text({ range: { upTo: '9' }, fold: false });
    assert.match(plain, /where cursor_before_or_at\("9"\) or isnull\(ingestion_time\(\)\);/);
    assert.doesNotMatch(plain, /union|summarize/);
  });

  it('are the whole query where there is no bound: not shadowed, dated only to be folded', () => {
    const whole = { range: { whole: true }, fold: false } as const;
    assert.equal(text(whole), "['odd \\'table\\''] | where a > 1");
    assert.match(text({ ...whole, fold: true }), /ingestion_time\(\)[^]*arg_max/);
  });

  it('are not folded where the query is not row-local', () => {
    const config = entity({ KUSTO_QUERY: 'T | summarize n = count() by EpisodeId, EventId' });
    assert.equal(text({ config, range: { whole: true } }), config.query.text);
  });

  it('need the key among the columns to know a row', () => {
    assert.throws(() => text({ columns: [long('EventId')], identity: { bucketCount: 2 } }), /EpisodeId/);
  });
});
