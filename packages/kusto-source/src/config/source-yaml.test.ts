import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseSourceYaml } from './source-yaml.ts';

const source = (properties: string): string => `apiVersion: v1
kind: Source
name: storms
spec:
  kind: Kusto
  properties:
${properties
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
`;

describe('Source YAML', () => {
  it('reads a resource of the prototype unchanged', () => {
    const { sourceId, values, warnings } = parseSourceYaml(
      source(`KUSTO_URI: https://storms.southcentralus.kusto.windows.net
KUSTO_DATABASE: MyDatabase
KUSTO_TABLE: StormEvents
PRIMARY_KEY: EventId
KUSTO_QUERY: StormEvents | where State == "NEW YORK" | project-away StormSummary
POLL_INTERVAL: 10
USER_MANAGED_IDENTITY: 11111111-2222-3333-4444-555555555555`),
      {},
    );
    assert.equal(sourceId, 'storms');
    assert.equal(values.POLL_INTERVAL, '10');
    assert.equal(values.KUSTO_QUERY, 'StormEvents | where State == "NEW YORK" | project-away StormSummary');
    assert.deepEqual(warnings, []);
  });

  it('turns values into text as the platform does', () => {
    const { values, warnings } = parseSourceYaml(
      source('PRIMARY_KEY: [EpisodeId, EventId]\nPOLL_INTERVAL: 0.5'),
      {},
    );
    assert.equal(values.PRIMARY_KEY, 'EpisodeId,EventId');
    assert.equal(values.POLL_INTERVAL, '0.5');
    assert.match(warnings.join(), /takes no fractions/);
  });

  it('finds the Source among other documents, and merges properties of single services', () => {
    const text = `${source('KUSTO_TABLE: T')}  services:
    reactivator:
      properties:
        POLL_INTERVAL: 2
---
kind: ContinuousQuery
name: q
`;
    assert.deepEqual(parseSourceYaml(text, {}).values, { KUSTO_TABLE: 'T', POLL_INTERVAL: '2' });
  });

  it('takes a secret from the environment, or says that it cannot', () => {
    const text = source('KUSTO_URI: {kind: Secret, name: kusto, key: uri}');
    assert.equal(
      parseSourceYaml(text, { KUSTO_URI: 'https://c.kusto.windows.net' }).values.KUSTO_URI,
      'https://c.kusto.windows.net',
    );
    assert.throws(() => parseSourceYaml(text, {}), /set the environment variable KUSTO_URI/);
  });

  const refused: readonly (readonly [name: string, text: string, message: RegExp])[] = [
    [
      'a property with a slip of the pen',
      source('KUSTO_TABEL: T'),
      /unknown property "KUSTO_TABEL"; did you mean KUSTO_TABLE\?/,
    ],
    ['a property nobody knows', source('COLOUR: red'), /unknown property "COLOUR"; known are KUSTO_URI/],
    [
      'entities that are no text',
      source('ENTITIES:\n  nodes: []'),
      /^ENTITIES must be a text.*"ENTITIES: \|"/,
    ],
    ['a nested value', source('KUSTO_TABLE: {a: 1}'), /KUSTO_TABLE must be a plain value/],
    [
      'another kind of source',
      source('KUSTO_TABLE: T').replace('Kusto', 'PostgreSQL'),
      /spec.kind is "PostgreSQL" but must be Kusto/,
    ],
    [
      'no source',
      'kind: ContinuousQuery\nname: q\n',
      /no document with kind: Source \(found: "ContinuousQuery"\)/,
    ],
    ['an empty file', '', /empty|no document/],
    ['a text that is no mapping', '- 1\n', /must be a mapping/],
    ['broken YAML', 'a: [1', /./],
    ['a line that is out of place', 'spec:\n    a: 1\n   b: 2\n', /^line 3, column 1: [^:]+$/],
    ['a key given twice', source('KUSTO_TABLE: A\nKUSTO_TABLE: B'), /unique/i],
    ['a source without a name', source('KUSTO_TABLE: T').replace('name: storms\n', ''), /name is missing/],
  ];
  for (const [name, text, message] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(() => parseSourceYaml(text, {}), {
        name: 'KustoSourceError',
        code: 'CONFIGURATION',
        message,
      });
    });
  }
});
