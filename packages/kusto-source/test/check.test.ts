// `drasi-kusto check` as a person runs it, against a Kusto-compatible endpoint: what is right, and each thing that can be wrong.
import assert from 'node:assert/strict';
import { createServer, type AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { FakeKusto } from '../../kusto-client/src/testing/fake-kusto.ts';
import { DrasiKusto, sourceFile } from './drasi-kusto.ts';

const database = 'NetDefaultDB';
let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
  await kusto.execute(database, '.create table Storms (Id: long, State: string, More: dynamic)');
  const rows = Array.from({ length: 300 }, (_, index) => `${index},S${index % 7},{}`);
  await kusto.ingest(database, 'Storms', rows.join('\n'));
  await kusto.execute(
    database,
    '.create materialized-view Latest on table Storms { Storms | summarize arg_max(State, *) by Id }',
  );
});
after(() => kusto.close());

interface Checked {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Properties = Readonly<Record<string, string | number>>;

async function checked(more: Properties = {}, args: readonly string[] = []): Promise<Checked> {
  await using file = await sourceFile({
    KUSTO_URI: kusto.url,
    KUSTO_DATABASE: database,
    KUSTO_TABLE: 'Storms',
    PRIMARY_KEY: 'Id',
    ...more,
  });
  const program = new DrasiKusto(['check', '-f', file.path, ...args]);
  const { code } = await program.exit;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

interface Report {
  readonly ok: boolean;
  readonly exitCode: number;
  readonly rows: number;
  readonly slices: number;
  readonly checks: readonly { check: string; status: string; error?: { code?: string } }[];
  readonly queries: { position: string; window: string; leavers?: string; scan?: string; slice: string };
}

describe('check', { concurrency: 2, timeout: 120_000 }, () => {
  it('warns of what the platform would not take of the file', async () => {
    const { code, stdout } = await checked({ POLL_INTERVAL: 0.5 });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^warn {2}configuration {2}POLL_INTERVAL: .* takes no fractions/m);
    assert.match(stdout, /one warning is worth a look/);
  });

  it('says of a source that works what it will do, in plain lines on stdout', async () => {
    const { code, stdout, stderr } = await checked({ KUSTO_QUERY: 'Storms | where State != "S1"' });
    assert.equal(code, 0, stdout + stderr);
    assert.equal(stderr, '');
    assert.ok(!stdout.includes('\u001b'), 'no colour');
    const lines = stdout.split('\n');
    assert.ok(
      lines.slice(0, 13).every((line) => line.startsWith('ok    ')),
      stdout,
    );
    assert.match(stdout, /^ok {4}query .*3 columns: Id \(long\), State \(string\), More \(dynamic\)\.$/m);
    assert.match(stdout, /^ok {4}keys .*Id is unique: 300 rows/m);
    assert.match(
      stdout,
      /^ok {4}detection .*latest, chosen by auto: the query takes Storms row by row \(where\)/m,
    );
    assert.match(stdout, /\nThe source works\.\n$/, 'the verdict is the last line');
    assert.doesNotMatch(stdout, /cursor_current/);
  });

  it('prints the queries where they are asked for, behind the verdict', async () => {
    const { code, stdout } = await checked({}, ['--kql']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^The source works\.\n\nThe KQL it runs .*\n\n\/\/ The position, at every poll\n/m);
    assert.match(stdout, /^\/\/ The first slice of a bootstrap\n/m);
  });

  it('has queries that can be pasted into the service as they are', async () => {
    const { code, stdout } = await checked({ SLICE_ROWS: 100 }, ['--json']);
    assert.equal(code, 0, stdout);
    assert.equal(stdout.indexOf('\n'), stdout.length - 1, 'one line');
    const report = JSON.parse(stdout) as Report;
    assert.deepEqual([report.ok, report.exitCode, report.rows, report.slices], [true, 0, 300, 3]);
    const { position, window, slice } = report.queries;
    assert.equal((await kusto.execute(database, position)).rows.length, 1);
    assert.equal((await kusto.execute(database, window)).rows.length, 0, 'nothing came in meanwhile');
    const first = (await kusto.execute(database, slice)).rows.length;
    assert.ok(first > 50 && first < 150, `${first} rows of the first slice`);
    const older = window.replace(/cursor_after\("[^"]*"\)/, 'cursor_after("")');
    assert.equal((await kusto.execute(database, older)).rows.length, 300);
  });

  it('warns of what works and may not be meant', async () => {
    const table = 'Mixed';
    await kusto.execute(database, `.create table ${table} (Id: long)`);
    await kusto.execute(database, `.alter table ${table} policy ingestiontime false`);
    await kusto.ingest(database, table, '1\n2\n');
    await kusto.execute(database, `.alter table ${table} policy ingestiontime true`);
    await kusto.ingest(database, table, '1\n');
    const { code, stdout } = await checked({ KUSTO_TABLE: table, POLLING_INTERVAL: 500 });
    assert.equal(code, 0);
    assert.match(stdout, /^warn {2}configuration .*POLL_INTERVAL/m);
    assert.match(
      stdout,
      /^warn {2}undated rows .*2 rows have no ingestion time.*every bootstrap and never in the feed/m,
    );
    assert.match(stdout, /^warn {2}keys .*Id repeats: one key has 2 of the 3 rows/m);
    assert.match(stdout, /3 warnings are worth a look/);
  });

  it('warns of a DELETE_LIMIT where nothing scans', async () => {
    const limited = await checked({ DELETE_LIMIT: 5 });
    assert.equal(limited.code, 0, limited.stdout);
    assert.match(limited.stdout, /^warn {2}configuration .*DELETE_LIMIT is set, and nothing scans/m);
    const scanned = await checked({ DELETE_LIMIT: 5, RECONCILE_INTERVAL: 60 });
    assert.doesNotMatch(scanned.stdout, /DELETE_LIMIT is set/);
  });

  const wrong: readonly (readonly [string, Properties, number, RegExp])[] = [
    ['a property', { PRIMARY_KEY: '' }, 2, /^fail {2}configuration .*PRIMARY_KEY is missing/],
    [
      'the query',
      { KUSTO_QUERY: 'Storms |' },
      2,
      /^fail {2}query .*line 1, column 8: an operator has to follow/,
    ],
    ['a column', { KUSTO_QUERY: 'Storms | where Nope > 1' }, 2, /^fail {2}query .*Nope/m],
    [
      'the database',
      { KUSTO_DATABASE: 'netdefaultdb' },
      2,
      /^fail {2}database .*did you mean NetDefaultDB\?$/m,
    ],
    ['the table', { KUSTO_TABLE: 'Storm' }, 2, /^fail {2}table .*did you mean Storms\?$/m],
    ['a view for a table', { KUSTO_TABLE: 'Latest' }, 2, /^fail {2}table .*view or a function/m],
    ['the key', { PRIMARY_KEY: 'id' }, 2, /^fail {2}key .*did you mean Id\?/m],
    ['the type of the key', { PRIMARY_KEY: 'More' }, 2, /^fail {2}key .*dynamic/m],
  ];
  for (const [what, properties, exitCode, line] of wrong) {
    it(`fails when ${what} is wrong, and asks no further`, async () => {
      const { code, stdout, stderr } = await checked(properties);
      assert.match(stdout, line);
      assert.equal(code, exitCode);
      assert.equal(stderr, '', 'stdout has told it');
      assert.equal(stdout.split('\n').at(-4)?.startsWith('fail'), true, 'the failure is the last check');
    });
  }

  it('fails when the ingestion-time policy is off, which is no mistake of the configuration', async () => {
    await kusto.execute(database, '.create table Off (Id: long)');
    await kusto.execute(database, '.alter table Off policy ingestiontime false');
    const { code, stdout } = await checked({ KUSTO_TABLE: 'Off' });
    assert.match(stdout, /^fail {2}ingestion time .*\.alter table \['Off'\] policy ingestiontime true/m);
    assert.match(stdout, /^ok {4}detection/m);
    assert.equal(code, 1);
  });

  it('warns of a service without cursors, and tells of the scans that it then has', async () => {
    await using other = await endpoint({ cursors: false });
    const { code, stdout } = await checked({ KUSTO_URI: other.url }, ['--kql']);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /^warn {2}cursors .*ingestion time/m);
    assert.match(stdout, /^ok {4}scan .*every 300 s/m);
    assert.match(stdout, /^\/\/ The position.*\n.*max\(ingestion_time\(\)\)/m);
  });

  it('has the queries of latest and of scans as the service takes them', async () => {
    const properties = { KUSTO_QUERY: 'Storms | where State != "S1"', CHANGE_DETECTION: 'latest' };
    const latest = await checked({ ...properties, RECONCILE_INTERVAL: 60 }, ['--json']);
    assert.equal(latest.code, 0, latest.stdout);
    const { queries } = JSON.parse(latest.stdout) as Report;
    const fromStart = (text = ''): string => text.replaceAll(/cursor_after\("[^"]*"\)/g, 'cursor_after("")');
    assert.equal((await kusto.execute(database, fromStart(queries.window))).rows.length, 257);
    assert.equal((await kusto.execute(database, fromStart(queries.leavers))).rows.length, 43);
    assert.equal(Number((await kusto.execute(database, queries.scan ?? '')).rows[0]?.[1]), 257);
    const summary = { KUSTO_QUERY: 'Storms | summarize Storms = count() by State', PRIMARY_KEY: 'State' };
    const view = await checked(summary, ['--kql']);
    assert.equal(view.code, 0, view.stdout);
    assert.match(view.stdout, /^ok {4}detection .*reconcile, chosen by auto/m);
    assert.match(view.stdout, /^ok {4}keys .*State is unique: 7 rows/m);
    assert.doesNotMatch(view.stdout, /cursor_after/);
  });

  it('fails with 4 when denied, with 3 when nobody answers', async () => {
    await using closed = await endpoint({ token: 'secret' });
    const denied = await checked({ KUSTO_URI: closed.url });
    assert.equal(denied.code, 4, denied.stdout);
    assert.match(denied.stdout, /^fail {2}identity /m);
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const nobody = await checked({ KUSTO_URI: `http://127.0.0.1:${port}` }, ['--json']);
    assert.equal(nobody.code, 3, nobody.stdout);
    assert.equal((JSON.parse(nobody.stdout) as Report).checks.at(-1)?.error?.code, 'KUSTO_UNREACHABLE');
  });

  it('is interrupted at once, and says so by its code', async () => {
    await using silent = await FakeKusto.start();
    silent.answer({ write: () => {} });
    await using file = await sourceFile({
      KUSTO_URI: silent.uri,
      KUSTO_DATABASE: database,
      KUSTO_TABLE: 'Storms',
      PRIMARY_KEY: 'Id',
    });
    const program = new DrasiKusto(['check', '-f', file.path]);
    await silent.until(() => silent.queries.length > 0);
    const began = Date.now();
    program.child.kill('SIGINT');
    assert.equal((await program.exit).code, 130);
    assert.ok(Date.now() - began < 10_000);
    assert.doesNotMatch(program.stdout, /fail/);
  });
});

async function endpoint(options: {
  cursors?: boolean;
  token?: string;
}): Promise<AsyncDisposable & { url: string }> {
  const other = await startKustoLocal({ port: 0, ...options });
  if (options.token === undefined) await other.execute(database, '.create table Storms (Id: long)');
  return { url: other.url, [Symbol.asyncDispose]: () => other.close() };
}
