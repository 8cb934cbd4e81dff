import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfig } from '../config/config.ts';
import { keyNotUnique } from './key-not-unique.ts';

describe('a key in several rows', () => {
  it('is told by the place where it is configured', () => {
    const at = { KUSTO_URI: 'http://127.0.0.1:1', KUSTO_DATABASE: 'db' };
    const message = (more: Readonly<Record<string, string>>): string => {
      const [config] = parseConfig('s', { ...at, ...more }).entities;
      assert.ok(config !== undefined);
      return keyNotUnique(config, 'N:1').message;
    };
    assert.match(
      message({ KUSTO_TABLE: 'T', PRIMARY_KEY: 'k' }),
      /^PRIMARY_KEY: the key of N:1 .*more columns in PRIMARY_KEY, or/,
    );
    assert.match(
      message({ ENTITIES: 'nodes:\n  - { label: N, table: T, key: [k, l] }' }),
      /^ENTITIES: nodes\[0\]\.key: .*\(k, l\) .*more columns in ENTITIES: nodes\[0\]\.key, or .*by k, l"$/,
    );
  });
});
