// The feed against a Kusto-compatible endpoint: nothing lost, nothing out of order, across windows, restarts and kills.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { DrasiKusto, sourceFile } from './drasi-kusto.ts';

interface ChangeLine {
  readonly op: string;
  readonly payload: {
    readonly source: { readonly lsn: number };
    readonly after: { readonly id: string; readonly properties: Record<string, unknown> };
  };
}

let kusto: KustoLocal;
let tables = 0;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

async function newTable(columns = 'k: long, v: string'): Promise<string> {
  tables += 1;
  const table = `T${tables}`;
  await kusto.execute('NetDefaultDB', `.create table ${table} (${columns})`);
  return table;
}

const source = (table: string, more: Record<string, string | number> = {}): ReturnType<typeof sourceFile> =>
  sourceFile({
    KUSTO_URI: kusto.url,
    KUSTO_DATABASE: 'NetDefaultDB',
    KUSTO_TABLE: table,
    PRIMARY_KEY: 'k',
    POLL_INTERVAL: '0.2',
    ...more,
  });

const changesOf = (...programs: readonly DrasiKusto[]): readonly ChangeLine[] =>
  programs.flatMap((program) => program.lines as unknown as ChangeLine[]);

/** What Drasi holds after the changes: every op is an upsert. */
function folded(changes: readonly ChangeLine[]): Map<string, unknown> {
  assert.ok(changes.every((change) => change.op === 'u'));
  return new Map(changes.map(({ payload }) => [payload.after.id, payload.after.properties['v']]));
}

const ready = (program: DrasiKusto): Promise<void> =>
  program.until(() => /^ready/m.test(program.stderr), 'ready');

describe('feed', { timeout: 120_000 }, () => {
  it('from the beginning sends every row there is, then what follows', async () => {
    const table = await newTable();
    await kusto.ingest('NetDefaultDB', table, '1,a\n2,b\n');
    await using file = await source(table);
    const program = new DrasiKusto(['watch', '-f', file.path, '--from', 'beginning']);
    await program.until(() => program.lines.length === 2, 'two rows');
    await kusto.ingest('NetDefaultDB', table, '3,c\n1,a2\n');
    await program.until(() => program.lines.length === 4, 'two changes');
    program.child.kill('SIGINT');
    assert.equal((await program.exit).code, 0, program.stderr);
    assert.deepEqual(
      folded(changesOf(program)),
      new Map([
        [`${table}:1`, 'a2'],
        [`${table}:2`, 'b'],
        [`${table}:3`, 'c'],
      ]),
    );
  });

  it('from now leaves out what was there', async () => {
    const table = await newTable();
    await kusto.ingest('NetDefaultDB', table, '1,a\n');
    await using file = await source(table);
    const program = new DrasiKusto(['watch', '-f', file.path, '--for', '3']);
    await ready(program);
    await kusto.ingest('NetDefaultDB', table, '2,b\n');
    assert.equal((await program.exit).code, 0);
    assert.deepEqual([...folded(changesOf(program)).keys()], [`${table}:2`]);
  });

  it('folds a window to the newest state of a key, the same one as the bootstrap (R10)', async () => {
    const table = await newTable();
    await using file = await source(table);
    // All of it happens while nobody looks, so that it is one window whatever the pace of polling.
    const state = join(file.path, '..', 'state');
    const first = new DrasiKusto(['watch', '-f', file.path, '--state', state, '--for', '0.1']);
    assert.equal((await first.exit).code, 0, first.stderr);
    for (const value of ['v1', 'v2', 'v3'])
      await kusto.ingest('NetDefaultDB', table, `1,${value}\n2,${value}a\n2,${value}b\n`);
    const program = new DrasiKusto(['watch', '-f', file.path, '--state', state, '--for', '2']);
    assert.equal((await program.exit).code, 0, program.stderr);
    const values = folded(changesOf(program));
    assert.equal(values.get(`${table}:1`), 'v3');
    assert.equal(changesOf(program).length, 2, 'one change a key');
    const snapshot = new DrasiKusto(['snapshot', '-f', file.path]);
    assert.equal((await snapshot.exit).code, 0, snapshot.stderr);
    const elements = snapshot.lines as unknown as ChangeLine['payload']['after'][];
    assert.deepEqual(new Map(elements.map(({ id, properties }) => [id, properties['v']])), values);
    // Feed and bootstrap both say which detection they work with, and why.
    const why = new RegExp(
      `^change detection is append, chosen by auto: the query is the whole table ${table}`,
      'm',
    );
    assert.match(program.stderr, why);
    assert.match(snapshot.stderr, why);
    assert.match(snapshot.stderr, /keys repeat, and the newest row of a key is its element/);
  });

  it('sends only what the query returns, under one label, with composite keys', async () => {
    const table = await newTable('k: long, j: string, v: string');
    await kusto.ingest('NetDefaultDB', table, '1,"a,b",yes\n1,"a:b",yes\n1,,yes\n2,x,no\n');
    await using file = await source(table, {
      PRIMARY_KEY: 'k,j',
      NODE_LABEL: 'Thing',
      KUSTO_QUERY: `let wanted = 'yes'; ${table} | where v == wanted // only these`,
    });
    const program = new DrasiKusto(['snapshot', '-f', file.path]);
    assert.equal((await program.exit).code, 0, program.stderr);
    assert.deepEqual(program.lines.map((line) => line['id']).toSorted(), [
      'Thing:1,',
      'Thing:1,a%2Cb',
      'Thing:1,a%3Ab',
    ]);
    assert.deepEqual(new Set(program.lines.map((line) => String(line['labels']))), new Set(['Thing']));
  });

  it('loses no row while others ingest at the same time (I1)', async () => {
    const table = await newTable();
    await using file = await source(table, { POLL_INTERVAL: '0.1' });
    const program = new DrasiKusto(['watch', '-f', file.path]);
    await ready(program);
    const writers = Array.from({ length: 4 }, async (_, writer) => {
      for (let index = 0; index < 25; index += 1)
        await kusto.ingest('NetDefaultDB', table, `${writer * 1000 + index},x\n`);
    });
    await Promise.all(writers);
    await program.until(() => program.lines.length >= 100, 'every row');
    program.child.kill('SIGTERM');
    await program.exit;
    assert.equal(folded(changesOf(program)).size, 100);
    assert.equal(program.lines.length, 100, 'each row once');
  });

  it('loses no row to SIGKILLs at any moment, and never takes an lsn twice (I2, I12, R12)', async () => {
    const table = await newTable();
    await using file = await source(table, { POLL_INTERVAL: '0.1' });
    const state = join(file.folder, 'state');
    const programs: DrasiKusto[] = [];
    let next = 0;
    for (let round = 0; round < 5; round += 1) {
      const program = new DrasiKusto(['watch', '-f', file.path, '--from', 'beginning', '--state', state]);
      programs.push(program);
      // The rows arrive while the process starts, publishes and stores: the kill hits another moment every round.
      const before = program.lines.length;
      for (let index = 0; index < 10; index += 1) {
        await kusto.ingest('NetDefaultDB', table, `${next},x\n`);
        next += 1;
      }
      await program.until(() => program.lines.length > before, 'a change');
      await new Promise((resolve) => setTimeout(resolve, round * 37));
      await program.kill('SIGKILL');
    }
    const last = new DrasiKusto(['watch', '-f', file.path, '--state', state, '--for', '2']);
    programs.push(last);
    assert.equal((await last.exit).code, 0, last.stderr);
    const changes = changesOf(...programs);
    assert.equal(folded(changes).size, next, 'every row');
    const lsns = changes.map((change) => change.payload.source.lsn);
    assert.ok(
      lsns.every((lsn, index) => index === 0 || lsn > (lsns[index - 1] ?? 0)),
      'lsn rises strictly',
    );
  });

  it('goes on from its checkpoint, also with rows that came while it was away', async () => {
    const table = await newTable();
    await using file = await source(table);
    const state = join(file.folder, 'state');
    const first = new DrasiKusto(['watch', '-f', file.path, '--state', state]);
    await ready(first);
    await kusto.ingest('NetDefaultDB', table, '1,a\n');
    await first.until(() => first.lines.length === 1, 'the first row');
    first.child.kill('SIGTERM');
    assert.equal((await first.exit).code, 0);
    assert.match(
      first.stderr,
      /^stopped by SIGTERM: 1 change sent, up to the cursor \d+; the next start with --state .* goes on from there\n$/m,
    );
    await kusto.ingest('NetDefaultDB', table, '2,b\n');
    const second = new DrasiKusto([
      'watch',
      '-f',
      file.path,
      '--state',
      state,
      '--from',
      'beginning',
      '--for',
      '1',
    ]);
    assert.equal((await second.exit).code, 0, second.stderr);
    assert.deepEqual(
      [...folded(changesOf(second)).keys()],
      [`${table}:2`],
      'the checkpoint wins over --from',
    );
  });

  it('refuses a state directory of another configuration, and one that is in use', async () => {
    const table = await newTable();
    await using file = await source(table);
    await using other = await source(table, { KUSTO_QUERY: `${table} | where k > 5` });
    const state = join(file.folder, 'state');
    const first = new DrasiKusto(['watch', '-f', file.path, '--state', state]);
    await ready(first);
    const second = new DrasiKusto(['watch', '-f', file.path, '--state', state]);
    assert.equal((await second.exit).code, 1);
    assert.match(second.stderr, /another|in use|owned|locked/i);
    first.child.kill('SIGTERM');
    await first.exit;
    const third = new DrasiKusto(['watch', '-f', other.path, '--state', state]);
    assert.equal((await third.exit).code, 1);
    assert.match(third.stderr, /another configuration/);
  });

  it('names a change of the configuration first where that would delete too much, also after another start', async () => {
    const table = await newTable();
    await kusto.ingest('NetDefaultDB', table, '1,a\n2,b\n');
    const scanned = { RECONCILE_INTERVAL: 3600, DELETE_LIMIT: 0 };
    await using file = await source(table, scanned);
    await using other = await source(table, { ...scanned, KUSTO_QUERY: `${table} | where k > 1` });
    const state = join(file.folder, 'state');
    const first = new DrasiKusto(['watch', '-f', file.path, '--state', state]);
    await ready(first);
    first.child.kill('SIGTERM');
    await first.exit;
    for (let start = 0; start < 2; start++) {
      const changed = new DrasiKusto(['watch', '-f', other.path, '--state', state]);
      assert.equal((await changed.exit).code, 1, changed.stderr);
      assert.match(
        changed.stderr,
        /nothing was deleted\. The configuration of T\d+ is not the one that published them: look first/,
      );
    }
  });

  it('ends cleanly when its reader leaves', async () => {
    const table = await newTable();
    await kusto.ingest(
      'NetDefaultDB',
      table,
      Array.from({ length: 5000 }, (_, index) => `${index},x`).join('\n'),
    );
    await using file = await source(table);
    for (const command of [['snapshot'], ['watch', '--from', 'beginning']]) {
      const program = new DrasiKusto([...command, '-f', file.path]);
      await program.until(() => program.stdout.length > 0, 'a byte');
      program.child.stdout?.destroy();
      await kusto.ingest('NetDefaultDB', table, '9999,x\n');
      assert.equal((await program.exit).code, 0, program.stderr);
      assert.doesNotMatch(program.stderr, /EPIPE|Error/);
    }
  });
});
