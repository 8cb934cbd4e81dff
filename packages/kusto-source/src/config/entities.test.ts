import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { KustoSourceError } from '../errors.ts';
import { parseConfig } from './config.ts';
import { configFingerprint, entityFingerprint } from './fingerprint.ts';
import { entityName, type EntityConfig, type SourceConfig } from './entity-config.ts';
import type { PropertyValues } from './properties.ts';
import { parseSourceYaml } from './source-yaml.ts';

const service: PropertyValues = { KUSTO_URI: 'https://help.kusto.windows.net', KUSTO_DATABASE: 'Plant' };

const plant = `
nodes:
  - label: Site
    table: Sites
    key: SiteId
  - label: Machine
    query: Readings | where Valid | project Region, MachineId, Temperature, At
    key: [Region, MachineId]
    properties: { temperature: Temperature, at: At }
    detection: latest
    versionColumn: At
    deletedWhen: Gone == true
    interval: 0.5
relations:
  - label: STANDS_IN
    table: Placements
    key: PlacementId
    properties: [Since]
    start: { label: Machine, key: "Region, Machine" }
    end: { label: Site, key: SiteId }
    reconcileInterval: 60
`;

const parse = (ENTITIES: string, values: PropertyValues = {}): SourceConfig =>
  parseConfig('plant', { ...service, ENTITIES, ...values });

function entityAt(config: SourceConfig, index: number): EntityConfig {
  const entity = config.entities[index];
  assert.ok(entity !== undefined);
  return entity;
}

function refuses(ENTITIES: string, message: RegExp, values: PropertyValues = {}): void {
  assert.throws(
    () => parse(ENTITIES, values),
    (error: unknown) => {
      assert.ok(error instanceof KustoSourceError);
      assert.match(error.message, message);
      assert.ok(error.message.length < 600, 'one short message');
      return true;
    },
  );
}

const node = (more: string): string => `nodes: [{ label: A, table: T, key: K, ${more} }]`;
const relation = (more: string, end = '{ label: A, key: E }'): string =>
  `nodes: [{ label: A, table: T, key: K }]\nrelations: [{ label: R, table: T, key: K, start: { label: A, key: S }, end: ${end}, ${more} }]`;

describe('ENTITIES', () => {
  it('are tables and queries as nodes and relations, each with its own settings', () => {
    const config = parse(plant, { POLL_INTERVAL: '7', CHANGE_DETECTION: 'append' });
    assert.deepEqual(config.entities.map(entityName), ['Site', 'Machine', 'rel:STANDS_IN']);
    const [site, machine, stands] = [0, 1, 2].map((index) => entityAt(config, index));
    assert.deepEqual(
      [site?.table, site?.query.text, site?.primaryKey, site?.properties],
      ['Sites', "['Sites']", ['SiteId'], undefined],
    );
    assert.deepEqual([site?.pollIntervalMs, site?.changeDetection], [7000, 'append'], 'by default');
    assert.equal(machine?.table, 'Readings', 'what the query begins with');
    assert.equal(machine.query.notRowLocal, undefined);
    assert.deepEqual(machine.primaryKey, ['Region', 'MachineId']);
    assert.deepEqual(machine.properties, [
      { name: 'temperature', column: 'Temperature' },
      { name: 'at', column: 'At' },
    ]);
    const { changeDetection, versionColumn, deletedWhen, pollIntervalMs } = machine;
    assert.deepEqual(
      [changeDetection, versionColumn, deletedWhen, pollIntervalMs],
      ['latest', 'At', 'Gone == true', 500],
    );
    assert.deepEqual(stands?.ends, {
      start: { label: 'Machine', key: ['Region', 'Machine'] },
      end: { label: 'Site', key: ['SiteId'] },
    });
    assert.deepEqual(stands.properties, [{ name: 'Since', column: 'Since' }]);
    assert.equal(stands.reconcileIntervalMs, 60_000);
    assert.equal(config.database, stands.database);
  });

  it('leaves out dangling relations by the query', () => {
    const { query } = entityAt(parse(plant), 2);
    assert.equal(
      query.text,
      "['Placements']\n| where isnotempty(['Region']) and isnotempty(['Machine']) and isnotempty(['SiteId'])",
    );
    const aggregated = relation('query: "T | summarize by K, S, E // ends here"');
    const { text, notRowLocal } = entityAt(parse(aggregated), 1).query;
    assert.equal(text, "T | summarize by K, S, E\n| where isnotempty(['S']) and isnotempty(['E'])");
    assert.match(
      notRowLocal ?? '',
      /^ENTITIES: relations\[0\]\.query, line 1.*ENTITIES: relations\[0\]\.table/,
    );
  });

  it('take text as a block, indented, or as JSON', () => {
    const names = (text: string): string => parse(text).entities.map(entityName).join();
    const indented = plant
      .split('\n')
      .map((line) => `      ${line}`)
      .join('\n');
    assert.equal(names(indented), names(plant));
    assert.equal(names('{"nodes":[{"label":"A","table":"T","key":"K"}],"relations":null}'), 'A');
    assert.equal(names(node('interval:')), 'A');
  });

  it('are in a sample that can be read', async () => {
    const path = new URL('../../../../deploy/samples/plant-source.yaml', import.meta.url);
    const { sourceId, values } = parseSourceYaml(await readFile(path, 'utf8'), {});
    const sample = { ...values, KUSTO_URI: service.KUSTO_URI ?? '' };
    const { entities } = parseConfig(sourceId, sample);
    assert.deepEqual(entities.map(entityName), ['Site', 'Machine', 'rel:STANDS_IN']);
    assert.ok(entities.every(({ query }) => query.notRowLocal === undefined));
  });

  it('stand alone: what says something of one table is refused beside them', () => {
    const names = [
      'KUSTO_TABLE',
      'PRIMARY_KEY',
      'KUSTO_QUERY',
      'NODE_LABEL',
      'VERSION_COLUMN',
      'DELETED_WHEN',
    ];
    for (const name of names)
      refuses(plant, new RegExp(`^${name} is set beside ENTITIES: `), { [name]: 'x' });
    assert.throws(() => parse(' \n '), /KUSTO_TABLE is missing/);
  });

  it('name the place of a mistake, and what was meant', () => {
    refuses('nodes: [', /^ENTITIES: .*line 1/);
    refuses('- a', /^ENTITIES: must be a mapping of nodes, relations or both$/);
    refuses('nodes: []', /^ENTITIES: there are no nodes and no relations/);
    refuses('node: []', /^ENTITIES: there is no "node"; did you mean nodes\?/);
    refuses('nodes: [{ label: A, table: T }]', /^ENTITIES: nodes\[0\]\.key: is missing$/);
    refuses(
      'nodes: [{ label: A, table: T, key: [] }]',
      /^ENTITIES: nodes\[0\]\.key has an empty column name/,
    );
    refuses('nodes: [{ label: A, table: T, key: [K, K] }]', /nodes\[0\]\.key names the column K twice/);
    refuses('nodes: [{ label: 5, table: T, key: K }]', /^ENTITIES: nodes\[0\]\.label: must be a text$/);
    refuses('nodes: [{ label: "rel:X", table: T, key: K }]', /^ENTITIES: nodes\[0\]\.label: it is "rel:X"/);
    refuses('nodes: [{ label: rel, table: T, key: K }]', /^ENTITIES: nodes\[0\]\.label: it is "rel"/);
    refuses('nodes: [{ label: A, key: K }]', /^ENTITIES: nodes\[0\]: it needs a table, or a query/);
    refuses(
      node('detecton: latest'),
      /^ENTITIES: nodes\[0\]: there is no "detecton"; did you mean detection\?/,
    );
    refuses(
      'nodes: [{ label: A, table: T, kye: K }]',
      /^ENTITIES: nodes\[0\]: there is no "kye"; did you mean key\?$/,
    );
    refuses(node('colour: red'), /^ENTITIES: nodes\[0\]: there is no "colour"; known are label, key/);
    refuses(node('detection: lates'), /^ENTITIES: nodes\[0\]\.detection is "lates".*did you mean latest/);
    refuses(
      node('interval: never'),
      /^ENTITIES: nodes\[0\]\.interval is "never" but must be a number of seconds/,
    );
    refuses(node('deletedWhen: a | b'), /^ENTITIES: nodes\[0\]\.deletedWhen: it holds more/);
    refuses(node('properties: { a: 1 }'), /^ENTITIES: nodes\[0\]\.properties: must be a list of columns/);
    refuses(node('properties: [a, a]'), /^ENTITIES: nodes\[0\]\.properties names the column a twice/);
    refuses(node('start: { label: A, key: K }'), /^ENTITIES: nodes\[0\]: there is no "start"/);
    refuses(
      `${node('')}\nrelations: [{ label: R, table: T, key: K, start: { label: A, key: K } }]`,
      /^ENTITIES: relations\[0\]\.end: is missing/,
    );
    refuses(
      relation('', '{ label: A, keys: E }'),
      /^ENTITIES: relations\[0\]\.end.*(key: is missing|"keys")/,
    );
    refuses(
      relation('', '{ label: B, key: E }'),
      /relations\[0\]\.end\.label: there are no nodes with the label B/,
    );
    refuses(
      relation('', '{ label: A, key: [E, F] }'),
      /^ENTITIES: relations\[0\]\.end\.key: the key of A has 1 columns \(K\), and this has 2/,
    );
    refuses(
      'nodes: [{ label: A, table: T, key: K }, { label: A, table: U, key: K }]',
      /^ENTITIES: nodes\[1\]\.label: nodes\[0\] has the label A already/,
    );
  });

  it('name the place of a mistake in a query', () => {
    const query = (kql: string, more = ''): string =>
      `nodes: [{ label: A, key: K, query: ${JSON.stringify(kql)}${more} }]`;
    refuses(query('T | where ('), /^ENTITIES: nodes\[0\]\.query, line 1, column 11: the \( is not closed/);
    refuses(query('union A, B'), /^ENTITIES: nodes\[0\]\.table: the query does not begin with a table/);
    refuses(
      query('T | summarize count() by K', ', detection: append'),
      /^ENTITIES: nodes\[0\]\.query, .*summarize is not a row-local.*set ENTITIES: nodes\[0\]\.detection to reconcile/,
    );
    refuses(query('T | take 5'), /set CHANGE_DETECTION to reconcile/, { CHANGE_DETECTION: 'latest' });
    assert.equal(entityAt(parse(query("let a = 5; ['My T'] | where x == a")), 0).table, 'My T');
  });

  it('have fingerprints that follow what makes ids and states, an entity each', () => {
    const one = parse(node(''));
    const alone = parseConfig('plant', {
      ...service,
      KUSTO_TABLE: 'T',
      PRIMARY_KEY: 'K',
      NODE_LABEL: 'A',
    });
    assert.equal(configFingerprint(one), configFingerprint(alone), 'the same source in other words');
    const nodes = [node(''), node('properties: [x]'), node('properties: { y: x }')];
    assert.equal(new Set(nodes.map((text) => configFingerprint(parse(text)))).size, nodes.length);
    const texts = [...nodes, relation(''), relation('', '{ label: A, key: F }')];
    const prints = texts.map((text) => parse(text).entities.map(entityFingerprint).join());
    assert.equal(new Set(prints).size, texts.length);
    assert.equal(
      configFingerprint(parse(relation(''))),
      configFingerprint(parse(relation('', '{ label: A, key: F }'))),
      'what has an index can be brought up to date (R22)',
    );
    const [a, b] = [relation(''), relation('interval: 3')].map((text) =>
      parse(text).entities.map(entityFingerprint),
    );
    assert.deepEqual(a, b);
    assert.equal(new Set(a).size, 2);
  });
});
