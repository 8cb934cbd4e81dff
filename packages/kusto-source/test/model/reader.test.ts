import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Reader } from './reader.ts';
import { comparable, differences, wantedElements, type WantedElements } from './wanted-elements.ts';
import type { KustoRow } from './model-table.ts';
import { WireLog } from './wire-log.ts';

const line = (id: string, properties: object): Buffer =>
  Buffer.from(JSON.stringify({ id, labels: ['Row'], properties }));

const entity = { label: 'Row', key: ['k'], wanted: async () => [], live: undefined };
const wantedRows = (rows: readonly KustoRow[]): WantedElements => wantedElements([{ entity, rows }]);

const change = (op: string, lsn: number, id: string, properties: object): Buffer => {
  const element = { id, labels: ['Row'], properties };
  const payload = { source: { lsn }, ...(op === 'd' ? { before: element } : { after: element }) };
  return Buffer.from(JSON.stringify({ op, payload }));
};

describe('a reader', () => {
  it('inserts, merges upserts, takes deletes, and knows nothing of a delete of an unknown id', () => {
    const log = new WireLog();
    log.deliver([change('u', 1, 'Row:0', { before: 'it came' })]);
    const reader = new Reader('one', log.changes.length);
    reader.insert(line('Row:1', { k: 1, v: 'a', w: 1 }));
    reader.insert(line('Row:2', { k: 2, v: 'b' }));
    log.deliver([
      change('u', 2, 'Row:1', { v: 'c' }),
      change('d', 3, 'Row:2', {}),
      change('d', 4, 'Row:9', {}),
      change('u', 5, 'Row:3', { k: 3 }),
    ]);
    reader.follow(log.changes);
    assert.equal(log.broken, undefined);
    const wanted = wantedRows([{ k: 1n, v: 'c', w: 1n }, { k: 3n }]);
    assert.deepEqual(differences(reader, wanted), []);
  });

  it('differs by a node that is missing, a ghost, a value, and a property too much or too little', () => {
    const reader = new Reader('one', 0);
    reader.insert(line('Row:1', { k: 1, v: 'a', more: 1 }));
    reader.insert(line('Row:2', { k: 2 }));
    const wanted = wantedRows([{ k: 1n, v: 'b', w: null }, { k: 3n }]);
    const found = differences(reader, wanted);
    assert.deepEqual(
      found.map(({ text }) => text),
      [
        'Row:1 has v = "a", and should have "b"',
        'Row:1 has w = nothing, and should have null',
        'Row:1 has more = 1, and should have nothing',
        'Row:3 is missing',
        'Row:2 is a ghost',
      ],
    );
    assert.deepEqual(
      found.map(({ kind }) => kind),
      ['value', 'value', 'value', 'missing', 'ghost'],
    );
  });

  it('differs by its digits from a number that is the same when it is rounded (I11)', () => {
    const reader = new Reader('one', 0);
    reader.insert(Buffer.from('{"id":"Row:1","labels":["Row"],"properties":{"k":1,"v":9007199254740992}}'));
    const [found] = differences(reader, wantedRows([{ k: 1n, v: 9_007_199_254_740_993n }]));
    assert.equal(found?.kind, 'digits');
  });

  it('takes no id twice from a bootstrap (R5)', () => {
    const reader = new Reader('one', 0);
    reader.insert(line('Row:1', {}));
    assert.throws(() => reader.insert(line('Row:1', {})), /twice in one bootstrap/);
  });
});

describe('the log of the wire', () => {
  it('has deliveries twice on request, one behind the other', () => {
    const log = new WireLog();
    log.redeliver(1);
    log.deliver([change('u', 1, 'Row:1', {}), change('u', 2, 'Row:2', {})]);
    log.deliver([change('u', 3, 'Row:3', {})]);
    assert.equal(log.broken, undefined);
    const ids = log.changes.map(({ element }) => element.id);
    assert.deepEqual(ids, ['Row:1', 'Row:2', 'Row:1', 'Row:2', 'Row:3']);
  });

  it('takes no insert, and no lsn that does not rise (R12)', () => {
    for (const [op, lsn, message] of [
      ['i', 9, /another op/],
      ['u', 7, /R12/],
    ] as const) {
      const log = new WireLog();
      log.deliver([change('u', 7, 'Row:1', {})]);
      log.deliver([change(op, lsn, 'Row:1', {})]);
      assert.match(log.broken?.message ?? '', message);
    }
  });
});

it('values of the wire and of a result compare by what they are', () => {
  assert.equal(comparable({ b: [1n, null], a: 'x' }), comparable({ a: 'x', b: [1, undefined] }));
  assert.equal(comparable('NaN'), 'null');
  assert.notEqual(comparable('1'), comparable(1));
  assert.notEqual(comparable(9_007_199_254_740_993n), comparable(9_007_199_254_740_992n));
});
