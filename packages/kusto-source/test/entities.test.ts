// The commands over a source of several tables: each entity is checked, and elements and relations meet by their ids.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { DrasiKusto, sourceFile } from './drasi-kusto.ts';

const database = 'NetDefaultDB';
const entities = `
nodes:
  - label: Site
    table: Sites
    key: SiteId
  - label: Machine
    query: Machines | where Valid
    key: [Region, Id]
    properties: { name: Name }
relations:
  - label: STANDS_IN
    table: Placements
    key: PlacementId
    properties: [Since]
    start: { label: Machine, key: [Region, Machine] }
    end: { label: Site, key: Site }
`;

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
  for (const columns of [
    'Sites (SiteId: long, Name: string)',
    'Machines (Region: string, Id: int, Name: string, Valid: bool)',
    'Placements (PlacementId: string, Region: string, Machine: long, Site: string, Since: datetime)',
    'Rounded (PlacementId: string, Region: string, Machine: long, Site: real, Since: datetime)',
  ])
    await kusto.execute(database, `.create table ${columns}`);
  await kusto.ingest(database, 'Sites', '1,North\n2,South\n');
  await kusto.ingest(database, 'Machines', 'eu,7,press,true\neu,8,saw,false\n"a,b",7,drill,true\n');
  await kusto.ingest(
    database,
    'Placements',
    'p1,eu,7,1,2026-01-01\np2,"a,b",7,2,2026-01-02\np3,eu,7,,2026-01-03\np4,,7,1,2026-01-04\np5,eu,,1,2026-01-05\n',
  );
});
after(() => kusto.close());

interface Done {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function done(
  command: string,
  ENTITIES: string,
  args: readonly string[] = [],
  more: Readonly<Record<string, number>> = {},
): Promise<Done> {
  const shared = { KUSTO_URI: kusto.url, KUSTO_DATABASE: database, ...more };
  await using file = await sourceFile({ ...shared, ENTITIES });
  const program = new DrasiKusto([command, '-f', file.path, ...args]);
  const { code } = await program.exit;
  return { code, stdout: program.stdout, stderr: program.stderr };
}

interface Element {
  readonly id: string;
  readonly startId?: string;
  readonly endId?: string;
  readonly properties: object;
}

const elementsOf = ({ stdout }: Done): Element[] =>
  stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Element);

describe('a source of several entities', { concurrency: 2, timeout: 120_000 }, () => {
  it('is written entity after entity, every end the id of a node, without the dangling relations', async () => {
    const written = await done('snapshot', entities);
    assert.equal(written.code, 0, written.stderr);
    const elements = elementsOf(written);
    assert.deepEqual(elements.map(({ id }) => id).toSorted(), [
      'Machine:a%2Cb,7',
      'Machine:eu,7',
      'Site:1',
      'Site:2',
      'rel:STANDS_IN:p1',
      'rel:STANDS_IN:p2',
    ]);
    const relations = elements.filter(({ startId }) => startId !== undefined);
    assert.deepEqual(relations.map(({ startId, endId }) => [startId, endId]).toSorted(), [
      ['Machine:a%2Cb,7', 'Site:2'],
      ['Machine:eu,7', 'Site:1'],
    ]);
    const press = elements.find(({ id }) => id === 'Machine:eu,7');
    assert.deepEqual(press?.properties, { name: 'press' });
    assert.match(written.stderr, /rel:STANDS_IN: 2 elements/);
  });

  it('can be asked for one label', async () => {
    const written = await done('snapshot', entities, ['--label', 'Site']);
    assert.deepEqual(
      elementsOf(written)
        .map(({ id }) => id)
        .toSorted(),
      ['Site:1', 'Site:2'],
    );
    const none = await done('snapshot', entities, ['--label', 'Sites']);
    assert.deepEqual([none.code, none.stdout], [0, '']);
    assert.match(none.stderr, /no label Sites, only Site, Machine, STANDS_IN.*did you mean Site\?/);
  });

  it('is checked entity by entity under a heading, and so are the ends', async () => {
    const { code, stdout } = await done('check', entities);
    assert.equal(code, 0, stdout);
    assert.equal(stdout.match(/^ok {4}reachable /gm)?.length, 1, 'what holds for all is told once');
    assert.match(stdout, /^ok {4}configuration [^]*^ok {4}database [^]*^Nodes Site:$/m);
    const headings = stdout.split('\n').filter((line) => /^(Nodes|Relations) /.test(line));
    assert.deepEqual(headings, ['Nodes Site:', 'Nodes Machine:', 'Relations Machine -[STANDS_IN]-> Site:']);
    assert.match(stdout, /^ok {4}query .*ENTITIES: nodes\[1\]\.query gives 4 columns/m);
    assert.match(stdout, /^ok {4}ends /m);
    assert.match(stdout, /^The source works\.$/m);
  });

  it('is warned of once, above the headings', async () => {
    const { stdout } = await done('check', entities, [], { POLL_INTERVAL: 0.5 });
    assert.match(stdout, /^warn {2}configuration [^]*^Nodes Site:$/m);
    assert.equal(stdout.match(/ configuration /g)?.length, 1, stdout);
  });

  it('fails at a missing column by its place, with the name that was meant', async () => {
    for (const [wrong, advice, asWritten] of [
      [
        /relations\[0\]\.end\.key: .*"site".*mean Site\?/,
        /both its ends: correct .*\.end\.key\.$/m,
        'key: site }',
      ],
      [/relations\[0\]\.properties: .*"since".*mean Since\?/, /Correct .*\.properties\.$/m, '[since]'],
    ] as const) {
      const changed = asWritten.startsWith('key')
        ? entities.replace('key: Site }', asWritten)
        : entities.replace('[Since]', asWritten);
      const { code, stdout } = await done('check', changed);
      assert.equal(code, 2, stdout);
      assert.match(stdout, new RegExp(`^fail {2}key .*${wrong.source}`, 'm'));
      assert.match(stdout, advice);
      const started = await done('snapshot', changed);
      assert.equal(started.code, 2);
      assert.match(started.stderr, wrong);
      assert.doesNotMatch(started.stderr, /refused by the service/);
    }
  });

  it('fails where ends could never meet their nodes: 5 and 5.0', async () => {
    const rounded = entities.replace('Placements', 'Rounded');
    const { code, stdout } = await done('check', rounded, ['--json']);
    assert.equal(code, 2, stdout);
    const report = JSON.parse(stdout) as {
      readonly checks: readonly { check: string; status: string; says: string }[];
      readonly entities: readonly { entity: string; label: string; checks: readonly { status: string }[] }[];
    };
    assert.deepEqual(
      report.checks.map(({ check, status }) => [check, status]),
      [['ends', 'fail']],
    );
    assert.match(
      report.checks[0]?.says ?? '',
      /relations\[0\]\.end\.key: the column Site is real.*is long.*tolong\(Site\)/,
    );
    assert.deepEqual(
      report.entities.map(({ entity }) => entity),
      ['Site', 'Machine', 'rel:STANDS_IN'],
    );
    const watched = await done('watch', rounded, ['--for', '1']);
    assert.equal(watched.code, 2);
    assert.match(watched.stderr, /the column Site is real/);
  });

  it('fails by the place of a mistake that only the service can tell of', async () => {
    const wrong = entities.replace('table: Placements', 'table: Placement');
    const { code, stdout } = await done('check', wrong);
    assert.equal(code, 2, stdout);
    assert.match(
      stdout,
      /^fail {2}table .*Correct ENTITIES: relations\[0\]\.table.*did you mean Placements\?/m,
    );
    const key = entities.replace('key: SiteId', 'key: siteid');
    assert.match(
      (await done('snapshot', key)).stderr,
      /ENTITIES: nodes\[0\]\.key: the key column "siteid" is not/,
    );
  });
});
