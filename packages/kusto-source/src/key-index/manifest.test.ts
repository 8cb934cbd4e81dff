import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeManifest, emptyBuckets, encodeManifest, firstManifest, type Manifest } from './manifest.ts';

const manifest: Manifest = {
  ...firstManifest(2, 'epoch', 'probe'),
  buckets: [
    {
      write: 300,
      parts: 2,
      digest: { count: 4_000, unknown: 1, sumHigh: 2n ** 50n, sumLow: 3n, xor: 2n ** 64n - 1n },
    },
    ...emptyBuckets(1),
  ],
  doubtful: [{ write: 299, bucket: 1, parts: 1 }],
};

describe('manifest', () => {
  it('is the same after it was stored', () => {
    const stored = JSON.parse(JSON.stringify(encodeManifest(manifest)));
    assert.deepEqual(decodeManifest('m', stored), manifest);
  });

  it('of the most buckets, all of them doubtful, stays under 1 MB (R9)', () => {
    const full = {
      write: 1e9,
      parts: 3,
      digest: { count: 1e6, unknown: 1e6, sumHigh: 1n, sumLow: 1n, xor: 1n },
    };
    const large = {
      ...manifest,
      buckets: emptyBuckets(8_192).map(() => full),
      doubtful: Array.from({ length: 2 * 8_192 }, (_, bucket) => ({ write: 1e9, bucket, parts: 7 })),
    };
    assert.ok(JSON.stringify(encodeManifest(large)).length < 1_000_000);
    assert.throws(() => emptyBuckets(8_193), RangeError);
    assert.throws(() => emptyBuckets(0), RangeError);
  });

  it('that was damaged is refused', () => {
    const good = encodeManifest(manifest);
    for (const damage of [
      { buckets: 'AAAA' },
      { buckets: '' },
      { doubtful: 'gA==' },
      { epoch: 1 },
      { logFirst: -1 },
    ])
      assert.throws(() => decodeManifest('m', { ...good, ...damage }), { code: 'STATE_CORRUPT' });
  });
});
