import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { Float } from '../elements.ts';
import type { SourceChange, SourceElement } from '../elements.ts';
import { encodeChange, envelopeBytes } from './encode-change.ts';
import { encodeElement, encodeLine } from './encode-element.ts';

const read = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const envelope = { sourceId: 'src', lsn: 7n, reactivatorStartNs: 1n, reactivatorEndNs: 2n };
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
const element: fc.Arbitrary<SourceElement> = fc.record(
  {
    id: name,
    labels: fc.array(name, { minLength: 1, maxLength: 3 }),
    properties: fc.dictionary(name, fc.oneof(name, fc.boolean(), fc.constant(null), fc.maxSafeInteger()), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  },
  { requiredKeys: ['id', 'labels'] },
);
const int64 = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });

describe('encodeElement', () => {
  it('has the documented shape, properties always', () => {
    assert.equal(
      read(encodeElement({ id: 'n:1', labels: ['N'] })),
      '{"id":"n:1","labels":["N"],"properties":{}}',
    );
    assert.equal(
      read(
        encodeLine({
          id: 'r',
          labels: ['R'],
          properties: { a: new Float(1), b: 2n },
          startId: 'a',
          endId: 'b',
        }),
      ),
      '{"id":"r","labels":["R"],"properties":{"a":1.0,"b":2},"startId":"a","endId":"b"}\n',
    );
  });

  it('reads back, in one line of ASCII', () => {
    fc.assert(
      fc.property(element, (value) => {
        const line = read(encodeLine(value));
        assert.match(line, /^[ -~]*\n$/);
        assert.deepEqual(JSON.parse(line), { properties: {}, ...value });
      }),
    );
  });

  it('refuses what would break the query that reads it', () => {
    const bad: [unknown, RegExp][] = [
      [{ id: '', labels: ['N'] }, /an element has no id/],
      [{ labels: ['N'] }, /an element has no id/],
      [{ id: 'x', labels: [] }, /"x" has no label/],
      [{ id: 'x' }, /"x" has no label/],
      [{ id: 'x', labels: [''] }, /"x" has no label/],
      [{ id: 'x', labels: ['R'], startId: 'a' }, /startId but no endId/],
      [{ id: 'x', labels: ['R'], endId: 'a' }, /endId but no startId/],
      [{ id: 'x', labels: ['R'], startId: 'a', endId: '' }, /has no endId/],
      [{ id: 'x\ud800', labels: ['R'] }, /half a surrogate/],
      [{ id: 'x', labels: ['N'], properties: { big: 2n ** 64n } }, /^"x"\.properties\.big is/],
    ];
    for (const [value, message] of bad)
      assert.throws(() => encodeElement(value as SourceElement), {
        name: 'FatalSourceError',
        code: 'BAD_ELEMENT',
        message,
      });
  });
});

describe('encodeChange', () => {
  const change: SourceChange = {
    op: 'u',
    element: { id: 'n:1', labels: ['N'], properties: { a: 1 } },
    timestampNs: 5n,
  };

  it('has the shape the change router reads', () => {
    assert.equal(
      read(encodeChange(change, envelope)),
      '{"op":"u","reactivatorStart_ns":1,"reactivatorEnd_ns":2,"payload":{"source":{"db":"src","table":"node","lsn":7,' +
        '"ts_ns":5,"partition":null},"after":{"id":"n:1","labels":["N"],"properties":{"a":1}}}}',
    );
    assert.equal(
      read(
        encodeChange(
          {
            op: 'd',
            element: { id: 'r', labels: ['R'], properties: { a: 1 }, startId: 'a', endId: 'b' },
            timestampNs: 5n,
          },
          { ...envelope, metadata: { k: 'v' } },
        ),
      ),
      '{"op":"d","reactivatorStart_ns":1,"reactivatorEnd_ns":2,"metadata":{"k":"v"},"payload":{"source":{"db":"src",' +
        '"table":"rel","lsn":7,"ts_ns":5,"partition":null},"before":{"id":"r","labels":["R"],"properties":{},"startId":"a","endId":"b"}}}',
    );
  });

  it('has the time at which the reactivator got it where the source gives none', () => {
    const { timestampNs: _none, ...timeless } = change;
    assert.match(read(encodeChange(timeless, { ...envelope, reactivatorStartNs: 77n })), /"ts_ns":77,/);
  });

  it('gives the same bytes for an element that was encoded before', () => {
    const encoded = {
      op: 'u',
      table: 'node',
      element: encodeElement(change.element),
      timestampNs: 5n,
    } as const;
    assert.equal(read(encodeChange(encoded, envelope)), read(encodeChange(change, envelope)));
  });

  it('keeps numbers above 2^53 and stays within the announced size', () => {
    fc.assert(
      fc.property(int64, int64, int64, element, fc.constantFrom('i', 'u', 'd'), (lsn, ns, end, value, op) => {
        const bytes = encodeChange(
          { op, element: value, timestampNs: ns },
          { sourceId: 'é"s', lsn, reactivatorStartNs: ns, reactivatorEndNs: end },
        );
        const json = read(bytes);
        assert.match(json, /^[ -~]*$/);
        for (const part of [
          `"lsn":${lsn},`,
          `"ts_ns":${ns},`,
          `"reactivatorStart_ns":${ns},`,
          `"reactivatorEnd_ns":${end},`,
        ])
          assert.ok(json.includes(part), part);
        const { payload } = JSON.parse(json);
        assert.equal(payload.source.db, 'é"s');
        assert.deepEqual(
          op === 'd' ? payload.before : payload.after,
          op === 'd' ? { id: value.id, labels: value.labels, properties: {} } : { properties: {}, ...value },
        );
        const length =
          op === 'd'
            ? encodeElement({ id: value.id, labels: value.labels }).length
            : encodeElement(value).length;
        assert.ok(bytes.length <= length + envelopeBytes('é"s'));
      }),
    );
  });

  it('refuses numbers that would become a poison message, and unknown ops', () => {
    const cases: [() => unknown, RegExp][] = [
      [() => encodeChange({ ...change, timestampNs: -1n }, envelope), /timestampNs is -1/],
      [() => encodeChange({ ...change, timestampNs: 5 as unknown as bigint }, envelope), /timestampNs is 5/],
      [() => encodeChange(change, { ...envelope, lsn: 2n ** 63n }), /lsn is/],
      [() => encodeChange({ ...change, op: 'x' as 'u' }, envelope), /op "x"/],
      [
        () =>
          encodeChange({ op: 'u', table: 'node', element: Buffer.from('{}\n'), timestampNs: 1n }, envelope),
        /one JSON object/,
      ],
    ];
    for (const [act, message] of cases) assert.throws(act, { code: 'BAD_ELEMENT', message });
  });
});
