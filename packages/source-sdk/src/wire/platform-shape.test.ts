// What is written, read by the strict reader of the conformance suite, and compared with the documents that the platform's own SDK has
// for nodes and relations (`typespec/source-output`, and the model tests of its Rust SDK).
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { isPoison, readLine, readMessage } from '../conformance/wire-shape.ts';
import { messageBody } from '../publishers/dapr-publisher.ts';
import type { ChangeOp, SourceChange, SourceElement } from '../elements.ts';
import { encodeChange } from './encode-change.ts';
import { encodeLine } from './encode-element.ts';

const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const properties = fc.dictionary(
  name,
  fc.oneof(
    name,
    fc.boolean(),
    fc.constant(null),
    fc.double(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  ),
  {
    maxKeys: 4,
    noNullPrototype: true,
  },
);
const node = fc.record({ id: name, labels: fc.array(name, { minLength: 1, maxLength: 2 }), properties });
const relation = fc.record({
  id: name,
  labels: fc.array(name, { minLength: 1, maxLength: 2 }),
  properties,
  startId: name,
  endId: name,
});
const element: fc.Arbitrary<SourceElement> = fc.oneof(node, relation);
const u63 = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

const nodeElement = { id: '1', labels: ['Person'], properties: { name: 'Ann', age: 30 } };
const relElement = { id: 'rel:1', labels: ['KNOWS'], properties: { since: 1999 }, startId: '1', endId: '2' };
const document = (op: ChangeOp, of: SourceElement): unknown =>
  JSON.parse(
    text(
      encodeChange(
        { op, element: of, timestampNs: 3n },
        { sourceId: 'src', lsn: 4n, reactivatorStartNs: 1n, reactivatorEndNs: 2n },
      ),
    ),
  );
const expected = (op: ChangeOp, table: string, payload: unknown): unknown => ({
  op,
  reactivatorStart_ns: 1,
  reactivatorEnd_ns: 2,
  payload: {
    source: { db: 'src', table, lsn: 4, ts_ns: 3, partition: null },
    ...(payload as Record<string, unknown>),
  },
});

describe('wire shapes of the platform', () => {
  it('are those of its documents, for inserts, updates and deletes of nodes and relations', () => {
    for (const op of ['i', 'u'] as const) {
      assert.deepEqual(document(op, nodeElement), expected(op, 'node', { after: nodeElement }));
      assert.deepEqual(document(op, relElement), expected(op, 'rel', { after: relElement }));
    }
    assert.deepEqual(
      document('d', nodeElement),
      expected('d', 'node', { before: { ...nodeElement, properties: {} } }),
    );
    assert.deepEqual(
      document('d', relElement),
      expected('d', 'rel', { before: { ...relElement, properties: {} } }),
    );
  });

  it('are read by a strict reader whatever is in them, every number with its digits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(element, fc.constantFrom<ChangeOp>('i', 'u', 'd'), u63, u63), {
          minLength: 1,
          maxLength: 4,
        }),
        (list) => {
          const encoded = list.map(([of, op, timestampNs, lsn]) => {
            const change: SourceChange = { op, element: of, timestampNs };
            return encodeChange(change, {
              sourceId: 'src',
              lsn,
              reactivatorStartNs: timestampNs,
              reactivatorEndNs: lsn,
            });
          });
          const read = readMessage(text(messageBody(encoded)), 'src');
          assert.deepEqual(
            read.map(({ id, op, lsn, timestampNs, kind }) => [id, op, lsn, timestampNs, kind]),
            list.map(([of, op, timestampNs, lsn]) => [
              of.id,
              op,
              lsn,
              timestampNs,
              'startId' in of ? 'rel' : 'node',
            ]),
          );
        },
      ),
    );
    fc.assert(
      fc.property(element, (of) => {
        const line = text(encodeLine(of));
        const { id, labels } = readLine(line);
        assert.deepEqual([id, labels], [of.id, of.labels]);
        assert.equal(isPoison(line), false);
      }),
    );
  });

  it('are not those of a poison line, which the query host refuses', () => {
    assert.equal(isPoison('{"error":"bootstrap failed"}'), true);
    assert.throws(() => readLine('{"error":"bootstrap failed"}'), /"id" is missing/);
    assert.equal(isPoison('{"id":"1"'), false, 'half a line is skipped in silence, so it is no warning');
  });
});
