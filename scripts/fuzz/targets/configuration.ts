// What an operator writes: the Source resource, ENTITIES, single properties. A mistake is an error of the documented kind, never another one.
import assert from 'node:assert/strict';
import { KustoError } from '../../../packages/kusto-client/src/errors.ts';
import { parseConfig } from '../../../packages/kusto-source/src/config/config.ts';
import { configFingerprint } from '../../../packages/kusto-source/src/config/fingerprint.ts';
import { propertyNames, type PropertyValues } from '../../../packages/kusto-source/src/config/properties.ts';
import { parseSourceYaml } from '../../../packages/kusto-source/src/config/source-yaml.ts';
import { KustoSourceError } from '../../../packages/kusto-source/src/errors.ts';
import { SourceError } from '../../../packages/source-sdk/src/errors.ts';
import { bytes, documented, type Target, words } from '../target.ts';

const kinds = [KustoSourceError, KustoError, SourceError] as const;
const files = /\/kusto-source\/src\/(?:config|query)\//;
const service: PropertyValues = { KUSTO_URI: 'https://help.kusto.windows.net', KUSTO_DATABASE: 'Plant' };

const plant = `nodes:
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
    start: { label: Machine, key: "Region, MachineId" }
    end: { label: Site, key: SiteId }
    reconcileInterval: 60
`;

const single = [
  'KUSTO_URI: https://storms.southcentralus.kusto.windows.net',
  'KUSTO_DATABASE: MyDatabase',
  'KUSTO_TABLE: StormEvents',
  'PRIMARY_KEY: [EpisodeId, EventId]',
  'KUSTO_QUERY: StormEvents | where State == "NEW YORK" | project-away StormSummary',
  'POLL_INTERVAL: 0.5',
  'CHANGE_DETECTION: latest',
  'VERSION_COLUMN: At',
  'DELETED_WHEN: Gone == true and State in ("a", "b")',
  'DELETE_LIMIT: "10%"',
  'BOOTSTRAP_WINDOW: 7d',
];
const yaml = (lines: readonly string[]): string =>
  `apiVersion: v1\nkind: Source\nname: storms\nspec:\n  kind: Kusto\n  properties:\n${lines.map((line) => `    ${line}\n`).join('')}`;

const tokens = [
  ...propertyNames,
  ...words('nodes relations label table query key properties start end detection interval'),
  '---\n',
  '&a',
  '*a',
  '<<: *a',
  '!!binary',
  '!!set',
  '? ',
  '|\n',
  '>-\n',
  '~',
  'null',
  '.inf',
  '.nan',
  '0o7',
  '%YAML 1.1\n',
  '__proto__',
  'constructor',
  'toString',
  'kind: Secret',
  'name',
  'auto',
  'append',
  'latest',
  'reconcile',
  'spec',
  'Data Source=',
  ' | where ',
  ' | summarize ',
  ' | join ',
  'let x = ',
  ';',
  '//',
  "['",
  '```',
  '@"',
  'h"',
  'datetime(',
  'dynamic([',
  '\t',
  '\u2028',
  '\u0000',
];

function checked(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    documented(error, kinds);
  }
}

/** The same configuration has the same fingerprint, or a restart would refuse its own state. */
function parsed(sourceId: string, values: PropertyValues): void {
  const twice = [1, 2].map(() => configFingerprint(parseConfig(sourceId, values)));
  assert.equal(twice[0], twice[1], 'two fingerprints of one configuration');
}

function target(
  name: string,
  corpus: readonly string[],
  run: (text: string) => void,
): (wrap?: (text: string) => void) => Target {
  return (wrap = run) => ({
    name,
    corpus: corpus.map(bytes),
    tokens,
    files,
    limitMs: 3_000,
    open: async () => ({
      run: async (input) => checked(() => wrap(new TextDecoder().decode(input))),
      close: async () => undefined,
    }),
  });
}

export const sourceYamlTarget = target(
  'source-yaml',
  [
    yaml(single),
    yaml([
      ...Object.entries(service).map(([name, value]) => `${name}: ${value}`),
      'ENTITIES: |',
      ...plant.split('\n').map((line) => `  ${line}`),
    ]),
    yaml([...single.slice(1), 'KUSTO_URI: { kind: Secret, name: s, key: k }']),
    `kind: ContinuousQuery\nname: q\n---\n${yaml(single)}`,
  ],
  (text) => {
    const { sourceId, values } = parseSourceYaml(text, { KUSTO_URI: 'https://help.kusto.windows.net' });
    parsed(sourceId, values);
  },
);

export const entitiesTarget = target(
  'entities',
  [
    plant,
    JSON.stringify({ nodes: [{ label: 'A', table: 'T', key: 'K' }] }),
    'nodes: [{ label: A, table: T, key: [a, b] }]',
  ],
  (text) => parsed('plant', { ...service, ENTITIES: text }),
);

/** Lines of `NAME: value`. */
export const propertiesTarget = target(
  'properties',
  [
    single.join('\n'),
    [
      `KUSTO_URI: Data Source=https://c.kusto.windows.net;Initial Catalog=db;Application Client Id=a;Application Key=k;Authority Id=t`,
      'KUSTO_TABLE: T',
      'PRIMARY_KEY: k',
    ].join('\n'),
    [
      'KUSTO_URI: http://127.0.0.1:8080',
      'KUSTO_DATABASE: d',
      "KUSTO_TABLE: it's",
      'PRIMARY_KEY: a,b',
      'NODE_LABEL: L',
      'SLICE_ROWS: 1000',
    ].join('\n'),
  ],
  (text) => {
    const values: Record<string, string> = {};
    for (const line of text.split('\n')) {
      const at = line.indexOf(':');
      if (at > 0) values[line.slice(0, at).trim()] = line.slice(at + 1).trim();
    }
    parsed('s', values);
  },
);
