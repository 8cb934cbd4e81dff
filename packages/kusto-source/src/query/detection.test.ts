import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseEntity } from '../config/config.ts';
import type { EntityConfig } from '../config/entity-config.ts';
import { chooseDetection, explainDetection } from './detection.ts';

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
      'change detection is append, chosen by auto: KUSTO_QUERY is the whole table T, so that new rows of the table are its changes; ' +
        'no key occurs twice now, and one that comes again replaces its node; a row that leaves the table stays in Drasi',
    );
    const filtered = config({ KUSTO_QUERY: 'T | where a > 1 | where b > 1 | project k' });
    assert.match(
      explainDetection(chooseDetection(filtered, 'repeated')),
      /row by row \(where, project\).*keys repeat.*leaves the filter or the table/,
    );
    const set = chooseDetection(config({ CHANGE_DETECTION: 'append' }));
    assert.equal(set.chosenBy, 'CHANGE_DETECTION');
    assert.match(set.reasons[1] ?? '', /^a key that comes again/);
  });
});
