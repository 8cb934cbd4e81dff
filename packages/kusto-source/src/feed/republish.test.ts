import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { ScanScene } from '../scan/testing/scan-scene.ts';
import { bootstrapElements } from '../snapshot/bootstrap.ts';
import { SlicePermits } from '../snapshot/slice-permits.ts';
import { CheckpointBook } from './checkpoint-book.ts';
import { createFeed } from './feed.ts';
import { republish, scanFeed } from './republish.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({ port: 0 });
});
after(() => kusto.close());

const never = new AbortController().signal;
const logger = { debug() {}, info() {}, warn() {}, error() {} };

describe('what the feed reads beside its windows', () => {
  it('ends at the position it is given, as a bootstrap there does (R3, I3)', async () => {
    await using scene = await ScanScene.begin(kusto);
    const { config, reader, index } = scene;
    await scene.ingest('a,1');
    const position = await reader.position(never);
    await scene.ingest('a,2\nb,1');
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const options = { config, reader, clock, logger, alive() {} };
    const done = { cursor: position.cursor };

    let ids = '';
    const permits = new SlicePermits(1);
    for await (const { ndjson } of bootstrapElements({ config, reader, logger }, permits, never, position))
      ids += Buffer.from(ndjson).toString();
    assert.match(ids, /^\{"id":"N:a".*"v":1\}\}\n$/);

    const indexed = createFeed(options, { detection: 'reconcile', index }, new CheckpointBook(), new Set());
    await scene.follow(scanFeed(indexed, index, position, never, done));
    assert.deepEqual(scene.news(), ['u N:a']);
    assert.equal(scene.elements.get('N:a')?.['v'], 1);

    await scene.follow(republish(indexed, position, never, done));
    assert.deepEqual(scene.news(), ['u N:a']);

    const plain = createFeed(options, { detection: 'append' }, new CheckpointBook(), new Set());
    await scene.follow(republish(plain, position, never, done));
    assert.deepEqual(scene.news(), ['u N:a']);
    assert.equal(scene.elements.get('N:a')?.['v'], 1);
  });
});
