import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { array, assert as check, asyncProperty, nat, record } from 'fast-check';
import type { KeyedElements } from '../element/keyed-rows.ts';
import { decodeHandOver } from '../key-index/hand-over.ts';
import { SentKeys } from '../key-index/sent-keys.ts';
import { key } from '../key-index/testing/keys.ts';
import { handedOver, heldBytes } from './handed-over.ts';

const COUNT = 8;

/** Elements of a batch, in bytes that the next batch overwrites, as the encoder's are. */
class Batches {
  readonly #bytes = Buffer.alloc(16 * 1024 * 1024);
  given = 0;

  elements(ids: readonly string[], padding = 0): KeyedElements {
    let length = 0;
    const ends: number[] = [];
    for (const id of ids) {
      length += this.#bytes.write(`{"id":"${id}","p":"${'x'.repeat(padding)}"}\n`, length, 'latin1');
      ends.push(length);
    }
    this.given += length;
    return {
      elements: {
        ndjson: this.#bytes.subarray(0, length),
        count: ids.length,
        ends: Uint32Array.from(ends),
      },
      entries: ids.map((id, at) => key(id, COUNT, at)),
    };
  }
}

const idsIn = (ndjson: Uint8Array): readonly string[] =>
  Buffer.from(ndjson)
    .toString('latin1')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { id: string }).id);

describe('elements that are handed over', () => {
  it('leave whole and in order, none before its key is durable, however they come (R6)', async () => {
    await check(
      asyncProperty(
        array(record({ rows: nat(40), padding: nat(60_000) }), { maxLength: 30 }),
        async (plan) => {
          const batches = new Batches();
          const sent: string[] = [];
          async function* given(): AsyncGenerator<KeyedElements> {
            for (const [at, { rows, padding }] of plan.entries()) {
              const ids = Array.from({ length: rows }, (_, row) => `T:${at}-${row}`);
              sent.push(...ids);
              yield batches.elements(ids, padding);
            }
          }
          const durable = new Set<string>();
          let end: SentKeys | undefined;
          const handOver = async (payload: Uint8Array): Promise<void> => {
            const copy = Uint8Array.from(payload);
            await new Promise((resolve) => setImmediate(resolve));
            assert.deepEqual(Uint8Array.from(payload), copy, 'the bytes do not change meanwhile');
            const given = decodeHandOver(copy);
            assert.equal(given.entity, 'T');
            assert.ok(end === undefined, 'nothing comes behind the end');
            if ('sent' in given) {
              end = given.sent;
              return;
            }
            assert.equal(given.bucketCount, COUNT);
            for (const { id } of given.entries) durable.add(id);
          };
          const left: string[] = [];
          let leftBytes = 0;
          for await (const { ndjson, count } of handedOver(given(), {
            entity: 'T',
            bucketCount: COUNT,
            handOver,
          })) {
            const ids = idsIn(ndjson);
            assert.equal(ids.length, count);
            for (const id of ids) assert.ok(durable.has(id), id);
            left.push(...ids);
            leftBytes += ndjson.length;
            assert.ok(batches.given - leftBytes <= 8 * 1024 * 1024, 'one batch at most waits behind them');
          }
          assert.deepEqual(left, sent);
          const all = new SentKeys();
          for (const id of sent) all.add(id);
          assert.ok(end !== undefined && Buffer.from(end.encode()).equals(all.encode()));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('are few hand-overs, and few bytes held', async () => {
    const batches = new Batches();
    async function* given(rows: number, padding: number): AsyncGenerator<KeyedElements> {
      for (let at = 0; at < 100_000; at += rows)
        yield batches.elements(
          Array.from({ length: rows }, (_, row) => `T:${at + row}`),
          padding,
        );
    }
    let payloads = 0;
    const handOver = async (payload: Uint8Array): Promise<void> => {
      payloads += 1;
      assert.ok(payload.length <= 1_000_000);
    };
    const target = { entity: 'T', bucketCount: COUNT, handOver };
    for await (const _elements of handedOver(given(500, 10), target));
    assert.ok(payloads <= 10, `${payloads} hand-overs of small elements`);
    for await (const { ndjson } of handedOver(given(500, 1_000), target))
      assert.ok(ndjson.length <= heldBytes, `${ndjson.length} bytes`);
  });

  it('that the reactivator does not take never leave, and end the bootstrap', async () => {
    const batches = new Batches();
    async function* given(): AsyncGenerator<KeyedElements> {
      for (let at = 0; at < 60; at += 1)
        yield batches.elements(
          Array.from({ length: 1_000 }, (_, row) => `T:${at}-${row}`),
          50,
        );
    }
    let taken = 0;
    const handOver = async (): Promise<void> => {
      taken += 1;
      if (taken === 2) throw new Error('no room');
    };
    let left = 0;
    await assert.rejects(async () => {
      for await (const { count } of handedOver(given(), { entity: 'T', bucketCount: COUNT, handOver }))
        left += count;
    }, /no room/);
    assert.equal(taken, 2);
    assert.ok(left > 0 && left < 30_000, `${left} had left`);
  });

  it('of nothing are an end, which says that a reader has nothing (R7)', async () => {
    async function* given(): AsyncGenerator<KeyedElements> {
      yield new Batches().elements([]);
    }
    const payloads: Uint8Array[] = [];
    const handOver = async (payload: Uint8Array): Promise<void> => void payloads.push(payload);
    for await (const _elements of handedOver(given(), { entity: 'T', bucketCount: COUNT, handOver }))
      assert.fail('nothing leaves');
    assert.deepEqual(
      payloads.map((payload) => 'sent' in decodeHandOver(payload)),
      [true],
    );
  });
});
