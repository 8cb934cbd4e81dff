// Every mistake and fault a person meets first: one clear error, the exit code that says its kind, nothing on stdout.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { startKustoLocal } from 'kusto-local';
import { FakeKusto, type ScriptedAnswer } from '../../kusto-client/src/testing/fake-kusto.ts';
import { v2Body } from '../../kusto-client/src/testing/bodies.ts';
import { DrasiKusto, sourceFile } from './drasi-kusto.ts';

const table = { KUSTO_DATABASE: 'db', KUSTO_TABLE: 'T', PRIMARY_KEY: 'id' };

async function failing(
  properties: Record<string, string | number>,
  code: number,
  message: RegExp,
  args: readonly string[] = ['snapshot'],
): Promise<DrasiKusto> {
  await using file = await sourceFile(properties);
  const program = new DrasiKusto([...args, '-f', file.path]);
  const exit = await program.exit;
  assert.match(program.stderr, message);
  assert.equal(exit.code, code, program.stderr);
  const errors = program.stderr.match(/^error: /gm) ?? [];
  assert.equal(errors.length, 1, `it is told once: ${program.stderr}`);
  assert.ok(program.stderr.length <= 3000, `${program.stderr.length} characters of stderr`);
  assert.doesNotMatch(program.stderr, /^\s+at /m);
  return program;
}

const kustoError = (code: string, message: string, permanent: boolean): string =>
  JSON.stringify({ error: { code, message, '@type': 'X', '@message': message, '@permanent': permanent } });

const position = (cursor: string): ScriptedAnswer => ({
  body: v2Body({
    columns: [
      ['Cursor', 'string'],
      ['Now', 'datetime'],
    ],
    rows: [[`"${cursor}"`, '"2026-01-01T00:00:00.0000000Z"']],
  }),
});
const noRows: ScriptedAnswer = { body: v2Body({ columns: [['id', 'long']], rows: [] }) };

describe('a wrong configuration ends with exit code 2 before anything is touched', { concurrency: 2 }, () => {
  const uri = { KUSTO_URI: 'http://127.0.0.1:9' };
  const cases: readonly (readonly [string, Record<string, string | number>, RegExp])[] = [
    ['a missing key', { ...uri, KUSTO_DATABASE: 'db', KUSTO_TABLE: 'T' }, /PRIMARY_KEY is missing/],
    [
      'an unknown property',
      { ...uri, ...table, PRIMARY_KEYS: 'id' },
      /unknown property "PRIMARY_KEYS"; did you mean PRIMARY_KEY\?/,
    ],
    ['a bad interval', { ...uri, ...table, POLL_INTERVAL: 'often' }, /POLL_INTERVAL is "often"/],
    ['a control command', { ...uri, ...table, KUSTO_QUERY: '.drop table T' }, /control command/],
    ['two statements', { ...uri, ...table, KUSTO_QUERY: 'T; T' }, /more than one query/],
    ['plain http to another host', { ...table, KUSTO_URI: 'http://c.kusto.windows.net' }, /http/],
  ];
  for (const [name, properties, message] of cases) {
    it(name, async () => {
      const program = await failing(properties, 2, message);
      assert.equal(program.stdout, '');
    });
  }

  it('a file that is not there', async () => {
    const program = new DrasiKusto(['snapshot', '-f', '/nowhere/source.yaml']);
    assert.equal((await program.exit).code, 2);
    assert.match(program.stderr, /\/nowhere\/source.yaml: there is no such file/);
  });

  it('a wrong use of the command line', async () => {
    const program = new DrasiKusto(['watch', '--from', 'yesterday', '-f', 'x']);
    assert.equal((await program.exit).code, 2);
    assert.match(program.stderr, /beginning, now/);
    const without = new DrasiKusto(['watch']);
    assert.equal((await without.exit).code, 2);
    assert.match(
      without.stderr,
      /'-f, --file <source.yaml>' not specified\n\(drasi-kusto watch --help shows/,
    );
    const unknown = new DrasiKusto(['wtach']);
    assert.equal((await unknown.exit).code, 2);
    assert.match(unknown.stderr, /\(drasi-kusto --help shows what there is\)/);
  });
});

describe('faults of the service', { concurrency: 2 }, () => {
  async function against(
    answers: readonly ScriptedAnswer[],
    code: number,
    message: RegExp,
  ): Promise<DrasiKusto> {
    await using kusto = await FakeKusto.start();
    kusto.answer(...answers);
    return await failing({ ...table, KUSTO_URI: kusto.uri }, code, message);
  }

  it('an unreachable cluster is exit code 3', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await failing(
      { ...table, KUSTO_URI: `http://127.0.0.1:${port}` },
      3,
      /^error: KUSTO_UNREACHABLE: .*nobody answers.*Check the address in KUSTO_URI/m,
    );
  });

  it('401 and 403 are exit code 4', async () => {
    await against([{ status: 401, body: '' }], 4, /HTTP 401: no token was sent/);
    await against(
      [{ status: 403, body: kustoError('Forbidden', 'Principal is not authorized', true) }],
      4,
      /^error: KUSTO_DENIED: .*not authorized.*\.add database DATABASE viewers/m,
    );
  });

  it('a database that is not there is told by the name of the property, a table by its own', async () => {
    const noDatabase = kustoError('BadRequest_DatabaseNotExist', "Database 'db' was not found.", true);
    await against(
      [{ status: 400, body: noDatabase }],
      2,
      /KUSTO_DATABASE: there is no database db, .*'db' was not found/,
    );
    const noTable = kustoError('BadRequest_TableNotExist', "no table named 'T'", true);
    const missing = { status: 400, body: noTable };
    await against(
      [position('1'), missing, missing, missing, missing],
      2,
      /error: SCHEMA: KUSTO_TABLE: there is no table T in the database db \(HTTP 400: no table named 'T'\)/,
    );
  });

  it('a missing table or column is told in the words of the service', async () => {
    const refused = {
      status: 400,
      body: kustoError('General_BadRequest', "SEM0100: 'where': no column named x", true),
    };
    const program = await against([position('1'), refused, noRows], 2, /no column named x/);
    assert.equal(program.stdout, '');
  });

  it('a key column or a table that is not there is named, by snapshot and feed, before anything is stored', async () => {
    const kusto = await startKustoLocal({ port: 0 });
    await using _closing = { [Symbol.asyncDispose]: () => kusto.close() };
    await kusto.execute('NetDefaultDB', '.create table T (Id: long)');
    const here = { ...table, KUSTO_URI: kusto.url, KUSTO_DATABASE: 'NetDefaultDB' };
    for (const args of [['snapshot'], ['watch', '--for', '2'], ['run', '--for', '2']]) {
      await failing(here, 2, /PRIMARY_KEY: the key column "id".*did you mean Id\?/s, args);
      await failing({ ...here, KUSTO_TABLE: 'Nope' }, 2, /KUSTO_TABLE: there is no table Nope in/, args);
    }
  });

  it('429 is repeated as the service asks, and the answer is whole', async () => {
    await using kusto = await FakeKusto.start();
    const busy = {
      status: 429,
      headers: { 'retry-after': '0' },
      body: kustoError('TooManyRequests', 'throttled', false),
    };
    const rows = {
      body: v2Body({
        columns: [
          ['id', 'long'],
          ['__drasi_ingested', 'datetime'],
        ],
        rows: [['9007199254740993', 'null']],
      }),
    };
    kusto.answer(position('1'), noRows, noRows, busy, rows);
    await using file = await sourceFile({ ...table, KUSTO_URI: kusto.uri });
    const program = new DrasiKusto(['snapshot', '-f', file.path]);
    assert.equal((await program.exit).code, 0, program.stderr);
    assert.equal(
      program.stdout,
      '{"id":"T:9007199254740993","labels":["T"],"properties":{"id":9007199254740993}}\n',
    );
  });

  it('a body that is cut in the middle is a failure, never an end', async () => {
    const columns = [
      ['id', 'long'],
      ['__drasi_ingested', 'datetime'],
    ] as const;
    const whole = v2Body({
      columns,
      rows: Array.from({ length: 20_000 }, (_, index) => [String(index), 'null']),
    });
    const cut: ScriptedAnswer = {
      write: async (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        await new Promise((resolve) => response.write(whole.slice(0, whole.length / 2), resolve));
        response.destroy();
      },
    };
    await against([position('1'), noRows, noRows, cut], 1, /broke|ended|incomplete|complete/i);
  });
});
