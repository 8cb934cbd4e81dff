import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ModelColumns } from './model-columns.ts';

describe('the columns of a model', () => {
  it('never come back with a type that they had, and a row has a field for each', () => {
    const step = fc.record({ kind: fc.constantFrom('add', 'drop', 'retype'), which: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const columns = new ModelColumns();
        const seen = new Set(columns.schema.slice(1, -1).split(', '));
        for (const { kind, which } of steps) {
          const before = columns.schema;
          const added =
            kind === 'add'
              ? columns.add()
              : kind === 'drop'
                ? void columns.drop(which)
                : columns.retype(which)?.definition;
          if (added === undefined) continue;
          assert.ok(!seen.has(added), `${added} again, after ${before}`);
          seen.add(added);
        }
        const fields = columns.csv([{ key: 0, v: 1, n: 2, state: 'open' }]).match(/"(?:[^"]|"")*"/g);
        assert.equal(fields?.length, columns.schema.split(', ').length);
      }),
    );
  });
});
