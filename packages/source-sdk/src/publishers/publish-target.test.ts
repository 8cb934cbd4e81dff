import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { FakeDrasiServer } from '../../test/fake-drasi-server.ts';
import { FakeRedis } from '../../test/fake-redis.ts';
import { FakeSidecar } from '../../test/fake-sidecar.ts';
import { openPublisher, parsePublishTarget } from './publish-target.ts';

const change = Buffer.from('{"op":"d","payload":{"source":{"ts_ns":1},"before":{"id":"n","labels":["N"]}}}');
const never = new AbortController().signal;

describe('parsePublishTarget', () => {
  it('reads every kind', () => {
    assert.deepEqual(parsePublishTarget('stdout'), { kind: 'stdout' });
    assert.deepEqual(parsePublishTarget('dapr'), { kind: 'dapr' });
    const plain = parsePublishTarget('http://host:9000');
    assert.ok(plain.kind === 'drasi-server' && plain.sourceId === undefined);
    const named = parsePublishTarget('https://host/sources/my%20kusto/');
    assert.ok(named.kind === 'drasi-server' && named.sourceId === 'my kusto');
    for (const text of ['redis://h', 'redis://u:p@h:1/2', 'rediss://:p@h/'])
      assert.equal(parsePublishTarget(text).kind, 'redis');
  });

  it('says what is wrong, in one line, without a password', () => {
    for (const [text, what] of [
      ['standard', /"standard" is not a URL/],
      ['ftp://h', /nothing for ftp:/],
      ['http://h/events', /http:\/\/h\/events has a path/],
      ['http://h/?a=1', /has a path/],
      ['http://h/sources/%ff', /not percent-encoded UTF-8/],
      ['http://u:hush@h', /user or a password/],
      ['redis://u:hush@h/x', /redis:\/\/h\/x is not/],
      ['redis:', /is not redis:\/\/host:port/],
    ] as const) {
      assert.throws(
        () => parsePublishTarget(text),
        (error: Error & { code: string }) => {
          assert.equal(error.code, 'BAD_CONFIGURATION');
          assert.match(error.message, what);
          assert.match(error.message, /stdout, dapr, http:\/\//);
          assert.doesNotMatch(error.message, /hush|\n/);
          return true;
        },
        text,
      );
    }
  });
});

describe('openPublisher', () => {
  it('brings a change to each kind of target', async () => {
    const server = await FakeDrasiServer.start('storms');
    const redis = await FakeRedis.start();
    const sidecar = await FakeSidecar.start();
    const stdout = new PassThrough();
    const options = { sourceId: 'storms', stdout, daprHttpPort: sidecar.port };
    for (const to of ['stdout', 'dapr', server.url, `redis://127.0.0.1:${redis.port}`]) {
      const publisher = await openPublisher(parsePublishTarget(to), options);
      await publisher.publish([change], never);
      await publisher.close();
    }
    assert.equal(String(stdout.read()), `${change.toString()}\n`);
    assert.equal(sidecar.published[0]?.body, `[${change.toString()}]`);
    assert.deepEqual(server.events, ['{"operation":"delete","id":"n","labels":["N"],"timestamp":1}']);
    assert.equal(redis.entries[0]?.stream, 'storms-change');
    await Promise.all([server.stop(), redis.stop(), sidecar.stop()]);
  });
});
