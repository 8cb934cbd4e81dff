import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseConfig } from '../config/config.ts';
import { openEntities } from './source-entities.ts';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

it('the labels of a source are those of its entities, by their kind, in their order', async () => {
  const source = parseConfig('storms', {
    KUSTO_URI: 'http://127.0.0.1:1',
    KUSTO_DATABASE: 'db',
    ENTITIES: [
      'nodes:',
      '  - {label: Storm, table: Storms, key: [Id]}',
      '  - {label: State, table: States, key: [Name]}',
      'relations:',
      '  - {label: IN, table: Storms, key: [Id], start: {label: Storm, key: [Id]}, end: {label: State, key: [State]}}',
    ].join('\n'),
  });
  await using opened = openEntities(source, { logger: quiet, env: {} });
  assert.deepEqual(opened.ownedLabels, { nodes: ['Storm', 'State'], relations: ['IN'] });
  assert.deepEqual(
    opened.entities.map(({ config }) => config.label),
    ['Storm', 'State', 'IN'],
  );
});
