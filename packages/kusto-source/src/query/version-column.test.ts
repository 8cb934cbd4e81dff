import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KustoColumn, KustoType } from '@drasi-kusto/kusto-client';
import { checkVersionColumn } from './version-column.ts';

const columns = (type: KustoType): readonly KustoColumn[] => [
  { name: 'k', type: 'string' },
  { name: 'Version', type },
];

describe('VERSION_COLUMN', () => {
  it('is a column whose values have a total order (rule R10)', () => {
    for (const type of ['int', 'long', 'decimal', 'datetime', 'timespan', 'string'] as const)
      checkVersionColumn({ versionColumn: 'Version' }, columns(type));
    for (const type of ['real', 'bool', 'guid', 'dynamic'] as const)
      assert.throws(() => checkVersionColumn({ versionColumn: 'Version' }, columns(type)), {
        code: 'SCHEMA',
        message: new RegExp(`^VERSION_COLUMN: the column "Version" is ${type}`),
      });
  });

  it('is in the result of the query; the right name is told', () => {
    assert.throws(
      () => checkVersionColumn({ versionColumn: 'version' }, columns('long')),
      /did you mean Version/,
    );
    checkVersionColumn({ versionColumn: undefined }, columns('long'));
  });
});
