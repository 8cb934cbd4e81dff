import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KustoSourceError } from '../errors.ts';
import { parseConfig, parseEntity } from './config.ts';
import { configFingerprint } from './fingerprint.ts';
import type { EntityConfig } from './entity-config.ts';
import type { PropertyValues } from './properties.ts';

const storms: PropertyValues = {
  KUSTO_URI: 'https://help.kusto.windows.net',
  KUSTO_DATABASE: 'Samples',
  KUSTO_TABLE: 'StormEvents',
  PRIMARY_KEY: 'EventId',
};

const parse = (values: PropertyValues): EntityConfig => parseEntity('storms', { ...storms, ...values });

const fingerprint = (values: PropertyValues): string =>
  configFingerprint(parseConfig('storms', { ...storms, ...values }));

function refuses(values: PropertyValues, message: RegExp, sourceId = 'storms'): void {
  assert.throws(
    () => parseConfig(sourceId, { ...storms, ...values }),
    (error: unknown) => {
      assert.ok(error instanceof KustoSourceError);
      assert.match(error.message, message);
      assert.ok(error.message.length < 600, 'one short message');
      return true;
    },
  );
}

describe('configuration', () => {
  it('fills in what is not given', () => {
    const config = parse({});
    assert.equal(config.query.text, "['StormEvents']");
    assert.equal(config.label, 'StormEvents');
    assert.equal(config.pollIntervalMs, 10_000);
    assert.deepEqual(config.primaryKey, ['EventId']);
    assert.deepEqual(config.warnings, []);
  });

  it('reads POLL_INTERVAL in seconds and POLLING_INTERVAL in milliseconds, and lets the first win', () => {
    assert.equal(parse({ POLL_INTERVAL: '2' }).pollIntervalMs, 2000);
    assert.equal(parse({ POLL_INTERVAL: '0.5' }).pollIntervalMs, 500);
    assert.equal(parse({ POLLING_INTERVAL: '2500' }).pollIntervalMs, 2500);
    const both = parse({ POLL_INTERVAL: '3', POLLING_INTERVAL: '2500' });
    assert.equal(both.pollIntervalMs, 3000);
    assert.match(both.warnings.join(), /POLL_INTERVAL wins/);
  });

  it('takes several key columns', () => {
    assert.deepEqual(parse({ PRIMARY_KEY: 'EpisodeId, EventId' }).primaryKey, ['EpisodeId', 'EventId']);
  });

  it('takes the database from the connection string', () => {
    const { KUSTO_DATABASE: _, ...values } = storms;
    const uri = 'Data Source=https://help.kusto.windows.net;Initial Catalog=Samples';
    assert.equal(parseConfig('storms', { ...values, KUSTO_URI: uri }).database, 'Samples');
  });

  it('names what is missing', () => {
    for (const name of ['KUSTO_URI', 'KUSTO_DATABASE', 'KUSTO_TABLE', 'PRIMARY_KEY'] as const)
      refuses({ [name]: ' ' }, new RegExp(`^${name} is missing`));
  });

  it('refuses intervals that are none', () => {
    for (const text of ['abc', '-1', '0', '1e3', '0x10', '99999999', 'NaN', '5s'])
      refuses({ POLL_INTERVAL: text }, /^POLL_INTERVAL is ".*" but must be a number of seconds/);
    refuses({ POLLING_INTERVAL: 'x' }, /^POLLING_INTERVAL is "x" but must be a number of milliseconds/);
    refuses({ BOOTSTRAP_WINDOW: '1.5' }, /^BOOTSTRAP_WINDOW/);
  });

  it('refuses names that Drasi or the id scheme reserve', () => {
    refuses({}, /"drasi", which Drasi reserves/, 'Drasi');
    refuses({}, /must be lower-case/, 'Storm_Events');
    refuses({ NODE_LABEL: 'rel' }, /NODE_LABEL is "rel"/);
    refuses({ KUSTO_TABLE: 'rel' }, /KUSTO_TABLE is "rel"/);
  });

  it('reads how changes are found, and refuses what cannot follow the query', () => {
    assert.equal(parse({ CHANGE_DETECTION: 'latest' }).changeDetection, 'latest');
    refuses(
      { CHANGE_DETECTION: 'append', KUSTO_QUERY: 'StormEvents | summarize count() by EventId' },
      /^KUSTO_QUERY.*summarize is not a row-local operator.*set CHANGE_DETECTION to reconcile/,
    );
    refuses(
      { CHANGE_DETECTION: 'append', VERSION_COLUMN: 'v', DELETED_WHEN: 'gone' },
      /^VERSION_COLUMN is for latest detection, and CHANGE_DETECTION is append: set it to latest, or leave VERSION_COLUMN and DELETED_WHEN out/,
    );
    refuses(
      { DELETED_WHEN: 'gone', KUSTO_QUERY: 'StormEvents | take 5' },
      /^DELETED_WHEN is for latest detection, which cannot follow the query.*take is not a row-local/,
    );
    refuses({ DELETED_WHEN: 'Gone; .drop table T' }, /^DELETED_WHEN: it holds more than an expression/);
    refuses({ DELETED_WHEN: 'EndTime < ago(1d)' }, /^DELETED_WHEN: ago\(\) is not allowed/);
    refuses({ DELETE_LIMIT: 'many' }, /^DELETE_LIMIT is "many" but must be a whole number/);
    refuses({ CHANGE_DETECTION: 'apend' }, /did you mean append/);
  });

  it('reads what to do about changed columns and about gaps', () => {
    const { schemaChange, onGap } = parse({});
    assert.deepEqual([schemaChange, onGap], ['follow', 'stop']);
    assert.equal(parse({ SCHEMA_CHANGE: 'Ignore' }).schemaChange, 'ignore');
    assert.equal(parse({ ON_GAP: 'resnapshot' }).onGap, 'resnapshot');
    refuses(
      { SCHEMA_CHANGE: 'folow' },
      /^SCHEMA_CHANGE is "folow" but must be follow, ignore, fail; did you mean follow/,
    );
    refuses(
      { ON_GAP: 'snapshot' },
      /^ON_GAP is "snapshot" but must be stop, resnapshot; did you mean resnapshot/,
    );
  });

  it('never repeats a secret of the connection string', () => {
    const uri =
      'Data Source=https://c.kusto.windows.net;AppClientId=a;AppKey=hunter2secret;Wrong=hunter2secret';
    refuses({ KUSTO_URI: uri }, /^KUSTO_URI: (?!.*hunter2secret)/);
  });

  it('names a placeholder that was left in the address', () => {
    const address = 'https://<cluster>.<region>.kusto.windows.net';
    for (const uri of [address, `Data Source=${address};Fed=true`])
      refuses({ KUSTO_URI: uri }, /^KUSTO_URI: write the name of your own in place of <cluster>$/);
  });

  it('has a fingerprint of the database alone where a key index tells the difference (R22)', () => {
    for (const indexed of [
      { CHANGE_DETECTION: 'latest' },
      { CHANGE_DETECTION: 'reconcile' },
      { CHANGE_DETECTION: 'append', RECONCILE_INTERVAL: '60' },
      { KUSTO_QUERY: 'StormEvents | summarize EventId = max(EventId) by State' },
    ]) {
      const key = { ...indexed, PRIMARY_KEY: 'State', NODE_LABEL: 'Storm' };
      assert.equal(fingerprint(key), fingerprint(indexed));
      assert.notEqual(fingerprint({ ...indexed, KUSTO_DATABASE: 'Other' }), fingerprint(indexed));
      assert.notEqual(fingerprint(indexed), fingerprint({}));
    }
    const two = (first: string, second: string): string =>
      configFingerprint(
        parseConfig('storms', {
          KUSTO_URI: 'http://127.0.0.1:1',
          KUSTO_DATABASE: 'db',
          ENTITIES: `nodes:\n  - {label: A, table: T, key: [Id], detection: append${first}}\n  - {label: B, table: T, key: [Id], detection: latest${second}}`,
        }),
      );
    assert.equal(two('', ', query: "T | where x > 1"'), two('', ''));
    assert.notEqual(two(', query: "T | where x > 1"', ''), two('', ''));
  });

  it('has a fingerprint that follows the meaning of a checkpoint, and no secret', () => {
    const withKey = (key: string): string =>
      fingerprint({
        KUSTO_URI: `Data Source=https://c.kusto.windows.net;AppClientId=a;AppKey=${key};TenantId=t`,
      });
    assert.equal(withKey('one'), withKey('two'));
    assert.equal(fingerprint({ POLL_INTERVAL: '1' }), fingerprint({}));
    assert.notEqual(fingerprint({ PRIMARY_KEY: 'EpisodeId' }), fingerprint({}));
    assert.notEqual(fingerprint({ NODE_LABEL: 'Storm' }), fingerprint({}));
  });
});
