import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryPublisher } from '@drasi-kusto/source-sdk';
import { writeCheckpoint } from '../feed/checkpoint.ts';
import { counting, feedEndLine } from './feed-end.ts';

const at = (...cursors: readonly string[]): ReturnType<typeof writeCheckpoint> =>
  writeCheckpoint(new Map(cursors.map((cursor, index) => [`E${index}`, { cursor }])));
const why = 'stopped by SIGINT';

describe('the end of a feed', () => {
  it('says what was sent, where it stands, and what a new start does', () => {
    assert.equal(
      feedEndLine({ why, changes: 1234, checkpoint: at('77'), state: './s' }),
      'stopped by SIGINT: 1,234 changes sent, up to the cursor 77; the next start with --state ./s goes on from there',
    );
    assert.equal(
      feedEndLine({ why, changes: 1, checkpoint: at('77', '77', ''), state: undefined }),
      'stopped by SIGINT: 1 change sent, up to the cursor 77; the position was not kept: with --state DIR the next start would go on from there',
    );
  });

  it('names no cursor where there are several, or none', () => {
    for (const checkpoint of [at('77', '78'), at('')])
      assert.match(
        feedEndLine({ why, changes: 0, checkpoint, state: './s' }),
        /^stopped by SIGINT: no changes came; the next start/,
      );
  });

  it('says that nothing was sent where the feed had not begun', () => {
    assert.equal(
      feedEndLine({ why, changes: 0, checkpoint: undefined, state: './s' }),
      'stopped by SIGINT before the feed began: nothing was sent',
    );
  });
});

describe('a counting publisher', () => {
  it('counts what was taken, and nothing that was not', async () => {
    const inner = new MemoryPublisher();
    const { signal } = new AbortController();
    const publisher = counting(inner);
    await publisher.publish([Buffer.from('{}'), Buffer.from('{}')], signal);
    assert.equal(publisher.changes, 2);
    const failing = counting({
      maxBatchBytes: 1,
      publish: () => Promise.reject(new Error('no')),
      close: () => inner.close(),
    });
    await assert.rejects(failing.publish([Buffer.from('{}')], signal));
    assert.equal(failing.changes, 0);
  });
});
