import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseEntity } from '../config/config.ts';
import type { EntityConfig } from '../config/entity-config.ts';
import { chooseDetection, explainDetection, knowledgeOf, type KeyKnowledge } from './detection.ts';

const config = (more: Record<string, string> = {}): EntityConfig =>
  parseEntity('storms', {
    KUSTO_URI: 'http://127.0.0.1:8080',
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'T',
    PRIMARY_KEY: 'k',
    ...more,
  });

describe('the choice of a detection', () => {
  it('says who chose, the shape of the query, what keys mean and what is not seen', () => {
    assert.equal(
      explainDetection(chooseDetection(config(), 'unique')),
      'change detection is append, chosen by auto: the query is the whole table T, so that new rows of the table are its changes; ' +
        'no key occurs twice now, and one that comes again replaces its element; a row that leaves the table stays in Drasi',
    );
    const filtered = config({ KUSTO_QUERY: 'T | where a > 1 | where b > 1 | project k' });
    assert.match(
      explainDetection(chooseDetection({ ...filtered, changeDetection: 'append' }, 'repeated')),
      /row by row \(where, project\).*keys repeat.*leaves the filter or the table/,
    );
    const set = chooseDetection(config({ CHANGE_DETECTION: 'append' }));
    assert.equal(set.chosenBy, 'CHANGE_DETECTION');
    assert.match(set.reasons[1] ?? '', /^a key that comes again/);
  });

  it('has the names of ENTITIES, and the ends of a relation', () => {
    const relation: EntityConfig = {
      ...config({ CHANGE_DETECTION: 'latest', DELETED_WHEN: 'gone' }),
      place: 'ENTITIES: relations[0]',
      ends: { start: { label: 'A', key: ['a'] }, end: { label: 'B', key: ['b'] } },
    };
    assert.match(
      explainDetection(chooseDetection(relation)),
      /a key whose newest row meets its deletedWhen or loses an end is deleted/,
    );
  });

  it('follows the query, the keys and the columns that tell of versions and ends', () => {
    const chosen = (more: Record<string, string>, keys?: KeyKnowledge): string =>
      chooseDetection(config(more), keys).detection;
    assert.equal(chosen({}), 'append');
    assert.equal(chosen({}, 'repeated'), 'append');
    const filtered = { KUSTO_QUERY: 'T | where a > 1' };
    assert.equal(chosen(filtered, 'unique'), 'append');
    assert.equal(chosen(filtered, 'repeated'), 'latest');
    assert.equal(chosen(filtered), 'latest', 'in doubt a key may leave');
    assert.equal(chosen({ VERSION_COLUMN: 'v' }), 'latest');
    assert.equal(chosen({ DELETED_WHEN: 'gone' }, 'unique'), 'latest');
    for (const query of ['T | summarize count() by k', 'V', 'T | where t > ago(1d)', 'T | join S on k'])
      assert.equal(chosen({ KUSTO_QUERY: query }), 'reconcile', query);
    assert.equal(chosen({ ...filtered, CHANGE_DETECTION: 'reconcile' }), 'reconcile');
  });

  it('takes keys for unique only where many rows show it', () => {
    assert.equal(knowledgeOf({ rows: 999, mostOfOneKey: 1 }), 'unknown');
    assert.equal(knowledgeOf({ rows: 1000, mostOfOneKey: 1 }), 'unique');
    assert.equal(knowledgeOf({ rows: 2, mostOfOneKey: 2 }), 'repeated');
    assert.equal(knowledgeOf({ rows: 5_000_000, mostOfOneKey: undefined }), 'unknown');
  });

  it('says what each sees', () => {
    const explained = (more: Record<string, string>, keys?: KeyKnowledge): string =>
      explainDetection(chooseDetection(config(more), keys));
    assert.match(
      explained({ KUSTO_QUERY: 'T | where a > 1', DELETED_WHEN: 'gone', VERSION_COLUMN: 'v' }),
      /latest, chosen by auto.*newest row by v meets DELETED_WHEN or leaves the filter is deleted; a row that leaves the table stays/,
    );
    assert.match(
      explained({ RECONCILE_INTERVAL: '60' }),
      /append.*a scan every 60 s finds what leaves the table/,
    );
    assert.match(explained({ KUSTO_QUERY: 'T | take 5' }), /reconcile.*more than single rows.*every 300 s/);
  });
});
