import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeRedis } from '../../test/fake-redis.ts';
import { until } from '../../test/helpers.ts';
import { traceContext } from '../tracing.ts';
import { RedisStreamPublisher } from './redis-stream-publisher.ts';
import type { RedisStreamPublisherOptions } from './redis-stream-publisher.ts';

const never = new AbortController().signal;
const changes = ['{"big":9223372036854775807,"f":5.0}', '{"n":2}'].map((text) => Buffer.from(text));

const publisherTo = (
  redis: FakeRedis,
  options: Partial<RedisStreamPublisherOptions> = {},
): RedisStreamPublisher =>
  new RedisStreamPublisher({ url: `redis://127.0.0.1:${redis.port}`, sourceId: 'storms', ...options });

describe('RedisStreamPublisher', () => {
  it('adds one entry a call: in `data` the CloudEvent that Dapr would write', async () => {
    const redis = await FakeRedis.start();
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const publisher = publisherTo(redis, { clock });
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    await traceContext.run({ traceparent }, () => publisher.publish(changes, never));
    await publisher.publish([], never);
    await publisher.publish(changes.slice(1), never);
    assert.equal(redis.entries.length, 2);
    const [entry] = redis.entries;
    assert.equal(entry?.stream, 'storms-change');
    assert.deepEqual([...(entry?.fields.keys() ?? [])], ['data']);
    const text = entry?.fields.get('data') ?? '';
    assert.match(text, /"data":\[\{"big":9223372036854775807,"f":5\.0\},\{"n":2\}\]\}$/);
    const { id, data, ...envelope } = JSON.parse(text);
    assert.match(id, /^[\da-f-]{36}$/);
    assert.equal(data.length, 2);
    assert.deepEqual(envelope, {
      datacontenttype: 'application/json',
      pubsubname: 'drasi-pubsub',
      source: 'storms',
      specversion: '1.0',
      time: '1970-01-01T00:00:00.000Z',
      topic: 'storms-change',
      type: 'com.dapr.event.sent',
      traceparent,
      tracestate: '',
    });
    assert.equal(redis.connections, 1);
    await publisher.close();
    await until(() => redis.connections === 0, 'the end of the connection');
    await redis.stop();
  });

  it('trims only when it is asked to', async () => {
    const redis = await FakeRedis.start();
    const [plain, trimmed] = [publisherTo(redis), publisherTo(redis, { maxLength: 1000 })];
    await plain.publish(changes, never);
    await trimmed.publish(changes, never);
    const added = redis.commands.filter(([name]) => name === 'XADD').map((words) => words.slice(2, -2));
    assert.deepEqual(added, [['*'], ['MAXLEN', '~', '1000', '*']]);
    await Promise.all([plain.close(), trimmed.close(), redis.stop()]);
  });

  it('uses the user, the password and the database of the URL, and does not repeat them', async () => {
    const redis = await FakeRedis.start();
    redis.password = 'opensesame';
    const publisher = new RedisStreamPublisher({
      url: `redis://storm-user:opensesame@127.0.0.1:${redis.port}/3`,
      sourceId: 's',
    });
    await publisher.publish(changes, never);
    assert.ok(redis.commands.some(([name, database]) => name === 'SELECT' && database === '3'));
    const wrong = new RedisStreamPublisher({
      url: `redis://storm-user:sesame@127.0.0.1:${redis.port}`,
      sourceId: 's',
    });
    await assert.rejects(wrong.publish(changes, never), (error: Error & { code: string; fatal: boolean }) => {
      assert.equal(error.code, 'PUBLISH_REFUSED');
      assert.equal(error.fatal, true);
      assert.match(error.message, /stream "s-change" of Redis at 127\.0\.0\.1:\d+ failed: WRONGPASS/);
      assert.doesNotMatch(error.message, /sesame|storm-user/);
      return true;
    });
    await Promise.all([publisher.close(), wrong.close(), redis.stop()]);
  });

  it('tells a fault that may pass from a refusal', async () => {
    const redis = await FakeRedis.start();
    const publisher = publisherTo(redis);
    const failures = [
      ["OOM command not allowed when used memory > 'maxmemory'.", false],
      ['LOADING Redis is loading the dataset in memory', false],
      ["READONLY You can't write against a read only replica.", false],
      ['MISCONF Redis is configured to save RDB snapshots', false],
      ['WRONGTYPE Operation against a key holding the wrong kind of value', true],
      ['NOPERM this user has no permissions to run the xadd command', true],
      ["ERR unknown command 'XADD'", true],
    ] as const;
    for (const [text, fatal] of failures) {
      redis.fault = () => text;
      const code = fatal ? 'PUBLISH_REFUSED' : 'PUBLISH_FAILED';
      await assert.rejects(publisher.publish(changes, never), { code, fatal }, text);
    }
    redis.fault = () => undefined;
    await publisher.publish(changes, never);
    assert.equal(redis.entries.length, 1);
    await Promise.all([publisher.close(), redis.stop()]);
  });

  it('goes on after a break with a new connection, and sends nothing by itself', async () => {
    const redis = await FakeRedis.start();
    const publisher = publisherTo(redis, { requestTimeoutMs: 200 });
    await publisher.publish(changes, never);
    redis.cut();
    await until(() => redis.connections === 0);
    // Whether the break was noticed in time or not: it fails in doubt, or it arrives.
    await publisher.publish(changes, never).catch((error: { code: string; fatal: boolean }) => {
      assert.equal(error.code, 'PUBLISH_FAILED');
      assert.equal(error.fatal, false);
    });
    redis.fault = () => 'hang';
    await assert.rejects(publisher.publish(changes, never), { code: 'PUBLISH_FAILED', fatal: false });
    await until(() => redis.connections === 0, 'the end of the connection that hung');
    redis.fault = () => undefined;
    const before = redis.entries.length;
    await publisher.publish(changes, never);
    assert.equal(redis.entries.length, before + 1);
    const { port } = redis;
    await redis.stop();
    await assert.rejects(publisher.publish(changes, never), { code: 'PUBLISH_FAILED', fatal: false });
    const again = await FakeRedis.start(port);
    await publisher.publish(changes, never);
    assert.equal(again.entries.length, 1);
    await Promise.all([publisher.close(), again.stop()]);
  });

  it('ends at once when it is told to, and is asked before it sends', async () => {
    const redis = await FakeRedis.start();
    const publisher = publisherTo(redis);
    const late = (): void => {
      throw new Error('too late');
    };
    await assert.rejects(publisher.publish(changes, never, late), /too late/);
    assert.equal(redis.commands.filter(([name]) => name === 'XADD').length, 0);
    redis.fault = () => 'hang';
    const stop = new AbortController();
    const publishing = publisher.publish(changes, stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 50);
    await assert.rejects(publishing, /stopped/);
    await until(() => redis.connections === 0);
    await Promise.all([publisher.close(), redis.stop()]);
  });
});
