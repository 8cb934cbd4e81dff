import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Clock, JsonValue } from '@drasi-kusto/source-sdk';
import { parseEntity } from '../config/config.ts';
import { entityFingerprint } from '../config/fingerprint.ts';
import { asksForFeed, followedEntity } from './followed-entity.ts';

const entity = (more: Record<string, string> = {}) =>
  parseEntity('s', {
    KUSTO_URI: 'http://127.0.0.1:1',
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'T',
    PRIMARY_KEY: 'Id',
    ...more,
  });

class SteppedClock implements Clock {
  at = 0;
  now(): number {
    return this.at;
  }
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.at += ms;
  }
}

const never = new AbortController().signal;
const other = { cursor: '1' };

describe('what a bootstrap knows of the feed', () => {
  it('is the detection, the index and the columns of its own entity', async () => {
    const part = {
      cursor: '9',
      detection: 'latest',
      index: { bucketCount: 16 },
      schema: { columns: [['Id', 'long']] },
    };
    const checkpoint = async (): Promise<JsonValue> => ({ format: 3, entities: { Other: other, T: part } });
    const followed = await followedEntity(entity(), { checkpoint, clock: new SteppedClock(), signal: never });
    assert.equal(followed.detection, 'latest');
    assert.deepEqual(followed.index, { bucketCount: 16 });
    assert.deepEqual(followed.schema?.columns, [{ name: 'Id', type: 'long' }]);
  });

  it('of a checkpoint that knew one entity only is its cursor and columns', async () => {
    const checkpoint = async (): Promise<JsonValue> => ({ format: 2, cursor: '9' });
    const { detection, index } = await followedEntity(entity(), {
      checkpoint,
      clock: new SteppedClock(),
      signal: never,
    });
    assert.deepEqual([detection, index], [undefined, undefined]);
  });

  it('is waited for while the feed follows other entities only (R1)', async () => {
    const clock = new SteppedClock();
    const checkpoint = async (): Promise<JsonValue> => ({
      format: 3,
      entities: clock.at < 5_000 ? { Other: other } : { Other: other, T: { cursor: '2' } },
    });
    await followedEntity(entity(), { checkpoint, clock, signal: never });
    assert.ok(clock.at >= 5_000 && clock.at < 10_000, `at ${clock.at}`);
    const forever = async (): Promise<JsonValue> => ({ format: 3, entities: { Other: other } });
    await assert.rejects(followedEntity(entity(), { checkpoint: forever, clock, signal: never }), {
      code: 'NOT_READY',
      message: /does not follow T/,
    });
    const left = AbortSignal.abort(new Error('the reader left'));
    await assert.rejects(
      followedEntity(entity(), { checkpoint: forever, clock, signal: left }),
      /the reader left/,
    );
  });

  it('is waited for while the feed still brings up to date what another configuration published', async () => {
    const clock = new SteppedClock();
    const config = entity({ CHANGE_DETECTION: 'latest' });
    const before = { cursor: '1', detection: 'reconcile', meaning: 'another' };
    const now = { cursor: '2', detection: 'latest', meaning: entityFingerprint(config) };
    const checkpoint = async (): Promise<JsonValue> => ({
      format: 3,
      entities: { T: clock.at < 5_000 ? before : now },
    });
    const followed = await followedEntity(config, { checkpoint, clock, signal: never });
    assert.equal(followed.detection, 'latest');
    const forever = async (): Promise<JsonValue> => ({ format: 3, entities: { T: before } });
    await assert.rejects(followedEntity(config, { checkpoint: forever, clock, signal: never }), {
      code: 'NOT_READY',
      message: /does not follow T by this configuration yet/,
    });
  });

  it('is asked for unless nothing of it can matter', () => {
    assert.equal(asksForFeed(entity({ CHANGE_DETECTION: 'append' }), 1), false);
    assert.equal(asksForFeed(entity({ CHANGE_DETECTION: 'append' }), 2), true);
    assert.equal(asksForFeed(entity(), 1), true);
    assert.equal(asksForFeed(entity({ CHANGE_DETECTION: 'append', RECONCILE_INTERVAL: '60' }), 1), true);
    assert.equal(asksForFeed(entity({ CHANGE_DETECTION: 'append', SCHEMA_CHANGE: 'ignore' }), 1), true);
  });
});
