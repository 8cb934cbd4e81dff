import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KustoColumn, KustoType } from '@drasi-kusto/kusto-client';
import { parseConfig } from '../config/config.ts';
import { entityLogger } from '../entity-logger.ts';
import type { SourceReader } from '../query/source-reader.ts';
import { checkEnds } from './check-ends.ts';
import type { FeedEntity } from './feed.ts';
import { quiet } from './testing/scripted-feed.ts';

const { entities } = parseConfig('plant', {
  KUSTO_URI: 'https://help.kusto.windows.net',
  KUSTO_DATABASE: 'db',
  ENTITIES: `
nodes: [{ label: N, table: N, key: k }]
relations: [{ label: R, table: R, key: k, start: { label: N, key: k }, end: { label: N, key: k } }]`,
});
let asked = 0;
const reading = (types: Readonly<Record<string, KustoType>>): FeedEntity[] =>
  entities.map((config) => ({
    config,
    reader: {
      checkSchema: (): Promise<readonly KustoColumn[]> => {
        asked += 1;
        return Promise.resolve([{ name: 'k', type: types[config.label] ?? 'string' }]);
      },
    } as unknown as SourceReader,
  }));

describe('the ends of relations, before the feed begins', () => {
  const { signal } = new AbortController();

  it('stop it when they could never meet their nodes, and are not asked about where there are none', async () => {
    await checkEnds(reading({ N: 'long', R: 'int' }), signal);
    assert.equal(asked, 2);
    await assert.rejects(checkEnds(reading({ N: 'long', R: 'real' }), signal), {
      code: 'SCHEMA',
      message: /^ENTITIES: relations\[0\]\.start\.key: the column k is real/,
    });
    asked = 0;
    await checkEnds(reading({}).slice(0, 1), signal);
    assert.equal(asked, 0);
  });
});

describe('the log of a source of several entities', () => {
  it('names the entity in every line, and that of one entity does not', () => {
    const lines: unknown[] = [];
    const logger = {
      ...quiet,
      warn: (message: string, fields?: object) => void lines.push([message, fields]),
    };
    const relation = { kind: 'relation', label: 'R' } as const;
    entityLogger(logger, relation, 2).warn('gone', { rows: 3 });
    entityLogger(logger, relation, 2).warn('alone');
    assert.equal(entityLogger(logger, relation, 1), logger);
    assert.deepEqual(lines, [
      ['gone', { entity: 'rel:R', rows: 3 }],
      ['alone', { entity: 'rel:R' }],
    ]);
  });
});
