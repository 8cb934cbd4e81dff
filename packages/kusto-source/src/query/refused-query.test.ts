import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KustoError, type Rows } from '@drasi-kusto/kusto-client';
import { parseConfig } from '../config/config.ts';
import { explainRefusal } from './refused-query.ts';

const properties = {
  KUSTO_URI: 'http://127.0.0.1:9',
  KUSTO_DATABASE: 'db',
  KUSTO_TABLE: 'T',
  PRIMARY_KEY: 'id',
};
const refusal = new KustoError('KUSTO_BAD_REQUEST', "HTTP 400: no scalar named 'Stat'");
const refused = (): Rows => {
  throw refusal;
};
const answer = (...columns: readonly string[]): Rows => ({
  columns: columns.map((name) => ({ name, type: 'string' })),
  rows: [],
  cursor: undefined,
});
const names = (column: string, ...values: readonly string[]): Rows => ({
  columns: [{ name: column, type: 'string' }],
  rows: values.map((value) => [value]),
  cursor: undefined,
});

interface Scene {
  readonly query?: string;
  readonly error?: KustoError;
  readonly wasThere?: boolean;
  /** What the service answers, by how the question begins. */
  readonly answers: Readonly<Record<string, () => Rows>>;
}

async function explained({ query, error = refusal, wasThere = false, answers }: Scene): Promise<string> {
  const { entities } = parseConfig('s', {
    ...properties,
    ...(query === undefined ? {} : { KUSTO_QUERY: query }),
  });
  const [config] = entities;
  assert.ok(config !== undefined);
  const ask = async (text: string): Promise<Rows> => {
    const found = Object.entries(answers).find(([begin]) => text.startsWith(begin));
    assert.ok(found !== undefined, `nobody asks ${text}`);
    return found[1]();
  };
  const { code, message, cause } = await explainRefusal(config, error, ask, wasThere);
  assert.equal(cause, error);
  return `${code} ${message}`;
}

describe('a query that the service refuses', () => {
  it('is told by the query where the table is there, with the column that was meant', async () => {
    assert.equal(
      await explained({
        query: 'T | where Stat == 1',
        answers: { 'table("T")': () => answer('id', 'State') },
      }),
      "SCHEMA KUSTO_QUERY is refused by the service: HTTP 400: no scalar named 'Stat'; did you mean State?",
    );
  });

  it('is told by the table where there is none, or no more', async () => {
    const answers = {
      'table("T")': refused,
      "['T']": refused,
      '.show tables': () => names('TableName', 'Ts', 'Other'),
    };
    assert.match(await explained({ answers }), /^SCHEMA KUSTO_TABLE: there is no table T in .*mean Ts\?$/);
    assert.match(
      await explained({ answers: { ...answers, '.show tables': refused }, wasThere: true }),
      /^SCHEMA KUSTO_TABLE: the table T is gone from the database db: it was dropped or renamed \(HTTP 400/,
    );
  });

  it('is told by the table where that is a view or a function', async () => {
    const answers = { 'table("T")': refused, "['T']": () => answer('id') };
    assert.match(await explained({ answers }), /^SCHEMA KUSTO_TABLE: T is a view or a function, no table/);
  });

  it('is told by the database where that is missing', async () => {
    const error = new KustoError('KUSTO_BAD_REQUEST', 'no such database', {
      kustoCode: 'BadRequest_DatabaseNotExist',
    });
    assert.match(
      await explained({ error, answers: { '.show databases': () => names('DatabaseName', 'DB') } }),
      /^CONFIGURATION KUSTO_DATABASE: there is no database db, .*; did you mean DB\?$/,
    );
  });

  it('is told by both where nothing more can be learned', async () => {
    const busy = (): Rows => {
      throw new KustoError('KUSTO_THROTTLED', 'busy');
    };
    const query = 'T | where Stat == 1';
    for (const answers of [{ 'table("T")': busy }, { 'table("T")': refused, "['T']": busy }])
      assert.match(
        await explained({ query, answers }),
        /^SCHEMA KUSTO_TABLE \(T\) or KUSTO_QUERY is refused by the service: HTTP 400/,
      );
  });
});
