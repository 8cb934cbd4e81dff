import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parseConfig } from '../config/config.ts';
import type { EntityConfig } from '../config/entity-config.ts';
import { checkDeletedWhen } from './deleted-when.ts';
import { SourceReader } from './source-reader.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const database = 'NetDefaultDB';
let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
  await kusto.execute(database, '.create table T (k: long, IsGone: bool, Status: string, More: dynamic)');
});
after(() => kusto.close());

const connection = (): Record<string, string> => ({ KUSTO_URI: kusto.url, KUSTO_DATABASE: database });

function entity(properties: Readonly<Record<string, string>>): EntityConfig {
  const one = { ...connection(), KUSTO_TABLE: 'T', PRIMARY_KEY: 'k', ...properties };
  const [config] = parseConfig('s', one).entities;
  assert.ok(config !== undefined);
  return config;
}

async function checkSchema(config: EntityConfig): Promise<void> {
  await using reader = new SourceReader({ config, logger: quiet, env: {}, retry: { maxAttempts: 1 } });
  await reader.checkSchema(AbortSignal.timeout(30_000));
}

const refused = async (properties: Readonly<Record<string, string>>, message: RegExp): Promise<void> => {
  await assert.rejects(checkSchema(entity(properties)), { code: 'SCHEMA', message });
};

describe('DELETED_WHEN', { timeout: 120_000 }, () => {
  it('is a predicate over the columns of the table, with the lets of the query', async () => {
    await checkSchema(entity({ DELETED_WHEN: 'IsGone // soft' }));
    await checkSchema(
      entity({
        KUSTO_QUERY: "let gone = 'gone'; T // all\n| where k > 0\n| project k",
        DELETED_WHEN: 'Status == gone and k > 0',
      }),
    );
  });

  it('that is no bool is told with its type, before anything is deleted by it', async () => {
    await refused({ DELETED_WHEN: 'Status' }, /^DELETED_WHEN: the expression is string, and has to be bool/);
    await refused({ DELETED_WHEN: '1' }, /^DELETED_WHEN: the expression is long/);
    await refused({ DELETED_WHEN: 'More.gone' }, /^DELETED_WHEN: the expression is dynamic/);
  });

  it('that names no column is told in the words of the service, beside the nearest one', async () => {
    await refused(
      { DELETED_WHEN: 'IsGon' },
      /^DELETED_WHEN: the service refuses .*IsGon.*; did you mean IsGone\?$/s,
    );
    await refused({ DELETED_WHEN: 'Xyzzyplugh' }, /^DELETED_WHEN: (?!.*did you mean).*Xyzzyplugh/s);
    await refused({ DELETED_WHEN: 'k ==' }, /^DELETED_WHEN: the service refuses/);
  });

  it('of an entity is told by its place, as its version column is', async () => {
    const inEntities = (line: string): EntityConfig => {
      const ENTITIES = `nodes:\n  - { label: N, table: T, key: k, ${line} }`;
      const [config] = parseConfig('s', { ...connection(), ENTITIES }).entities;
      assert.ok(config !== undefined);
      return config;
    };
    await assert.rejects(checkSchema(inEntities('deletedWhen: Status')), {
      code: 'SCHEMA',
      message: /^ENTITIES: nodes\[0\]\.deletedWhen: the expression is string/,
    });
    await assert.rejects(checkSchema(inEntities('versionColumn: K')), {
      code: 'SCHEMA',
      message: /^ENTITIES: nodes\[0\]\.versionColumn: the column "K" .*did you mean k\?$/,
    });
  });

  it('asks nothing where it is not set', async () => {
    await checkDeletedWhen(entity({}), () => assert.fail('asked'));
  });
});
