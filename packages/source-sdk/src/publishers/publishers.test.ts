import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { FakeSidecar } from '../../test/fake-sidecar.ts';
import { DaprPublisher } from './dapr-publisher.ts';
import { MemoryPublisher } from './memory-publisher.ts';
import { NdjsonPublisher } from './ndjson-publisher.ts';

const never = new AbortController().signal;
const changes = ['{"big":9223372036854775807,"f":5.0}', '{"n":2}'].map((text) => Buffer.from(text));

describe('DaprPublisher', () => {
  it('posts the changes as one JSON array, byte for byte', async () => {
    const sidecar = await FakeSidecar.start();
    const publisher = new DaprPublisher({
      sourceId: 'a b',
      daprHttpPort: sidecar.port,
      headers: () => ({ traceparent: 't' }),
    });
    await publisher.publish(changes, never);
    await publisher.publish([], never);
    assert.equal(sidecar.published.length, 1);
    const [message] = sidecar.published;
    assert.equal(message?.topic, 'a b-change');
    assert.equal(message?.contentType, 'application/json');
    assert.equal(message?.headers['traceparent'], 't');
    assert.equal(message?.body, '[{"big":9223372036854775807,"f":5.0},{"n":2}]');
    assert.ok(publisher.maxBatchBytes < 1_000_000);
    await publisher.close();
    await sidecar.stop();
  });

  it('waits for a sidecar that comes late', async () => {
    const sidecar = await FakeSidecar.start();
    sidecar.ready = false;
    const publisher = new DaprPublisher({ sourceId: 's', daprHttpPort: sidecar.port });
    const publishing = publisher.publish(changes, never);
    setTimeout(() => (sidecar.ready = true), 50);
    await publishing;
    assert.deepEqual(sidecar.requests, ['POST /v1.0/publish/drasi-pubsub/s-change']);
    await publisher.close();
    await sidecar.stop();
  });

  it('asks once more before the last byte, and sends no whole message when it is too late', async () => {
    const sidecar = await FakeSidecar.start();
    const publisher = new DaprPublisher({ sourceId: 's', daprHttpPort: sidecar.port });
    const large = [Buffer.from(JSON.stringify({ text: 'x'.repeat(24_000_000) }))];
    let asked = 0;
    await publisher.publish(large, never, () => void (asked += 1));
    assert.deepEqual([asked, sidecar.published[0]?.body.length], [1, large[0]!.length + 2]);
    const tooLate = (): void => {
      throw new Error('too late');
    };
    for (const message of [large, changes])
      await assert.rejects(publisher.publish(message, never, tooLate), /too late/);
    // The receiver takes nothing yet: the last byte must wait until the rest has left.
    sidecar.pauseReading = true;
    asked = 0;
    const slow = publisher.publish(large, never, () => void (asked += 1));
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(asked, 0);
    sidecar.pauseReading = false;
    await slow;
    assert.equal(asked, 1);
    assert.equal(sidecar.published.length, 2);
    await publisher.close();
    await sidecar.stop();
  });

  it('tells a fault that may pass from a refusal', async () => {
    const sidecar = await FakeSidecar.start();
    const publisher = new DaprPublisher({ sourceId: 's', daprHttpPort: sidecar.port });
    for (const [status, code, fatal] of [
      [500, 'PUBLISH_FAILED', false],
      [503, 'PUBLISH_FAILED', false],
      [429, 'PUBLISH_FAILED', false],
      [403, 'PUBLISH_REFUSED', true],
      [404, 'PUBLISH_REFUSED', true],
      [413, 'PUBLISH_REFUSED', true],
    ] as const) {
      sidecar.fault = () => ({ status, body: 'why it is so' });
      await assert.rejects(publisher.publish(changes, never), {
        code,
        fatal,
        message: new RegExp(`s-change.*${status}: why it is so`),
      });
    }
    const wrong = new DaprPublisher({ sourceId: 's', pubsub: 'other', daprHttpPort: sidecar.port });
    sidecar.fault = () => undefined;
    await assert.rejects(wrong.publish(changes, never), {
      code: 'PUBLISH_REFUSED',
      message: /pubsub other is not found/,
    });
    assert.equal(sidecar.published.length, 0);
    await Promise.all([publisher.close(), wrong.close(), sidecar.stop()]);
  });

  it('does not wait for ever: a sidecar that hangs or is away is a fault that may pass', async () => {
    const sidecar = await FakeSidecar.start();
    const publisher = new DaprPublisher({
      sourceId: 's',
      daprHttpPort: sidecar.port,
      requestTimeoutMs: 50,
      readyTimeoutMs: 100,
    });
    sidecar.fault = () => 'hang';
    await assert.rejects(publisher.publish(changes, never), { code: 'SIDECAR_UNAVAILABLE', fatal: false });
    const stop = new AbortController();
    const publishing = publisher.publish(changes, stop.signal);
    stop.abort(new Error('stopped'));
    await assert.rejects(publishing, /stopped/);
    const { port } = sidecar;
    await sidecar.stop();
    await assert.rejects(publisher.publish(changes, never), { code: 'SIDECAR_UNAVAILABLE', fatal: false });
    const late = new DaprPublisher({ sourceId: 's', daprHttpPort: port, readyTimeoutMs: 100 });
    await assert.rejects(late.publish(changes, never), {
      code: 'SIDECAR_UNAVAILABLE',
      message: /is not ready/,
    });
    await Promise.all([publisher.close(), late.close()]);
  });
});

describe('NdjsonPublisher', () => {
  it('writes a change a line', async () => {
    const stream = new PassThrough();
    await new NdjsonPublisher(stream).publish(changes, never);
    assert.equal(String(stream.read()), '{"big":9223372036854775807,"f":5.0}\n{"n":2}\n');
  });

  it('waits for a slow reader', async () => {
    let taken: () => void = () => undefined;
    const slow = new Writable({ write: (_chunk, _encoding, done) => (taken = done) });
    const publisher = new NdjsonPublisher(slow);
    let resolved = false;
    const publishing = publisher.publish(changes, never).then(() => (resolved = true));
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(resolved, false);
    taken();
    await publishing;
  });

  it('ends the program when the reader has left', async () => {
    const broken = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const publisher = new NdjsonPublisher(broken);
    await assert.rejects(publisher.publish(changes, never), { code: 'OUTPUT_CLOSED', fatal: true });
    await assert.rejects(publisher.publish(changes, never), { code: 'OUTPUT_CLOSED', fatal: true });
    const closed = new PassThrough();
    const other = new NdjsonPublisher(closed);
    closed.destroy();
    await assert.rejects(other.publish(changes, never), { code: 'OUTPUT_CLOSED' });
  });

  it('reports another failure as one that may pass', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('no space'), { code: 'ENOSPC' })),
    });
    await assert.rejects(new NdjsonPublisher(full).publish(changes, never), {
      code: 'PUBLISH_FAILED',
      fatal: false,
    });
  });
});

describe('MemoryPublisher', () => {
  it('keeps the calls apart', async () => {
    const publisher = new MemoryPublisher();
    await publisher.publish(changes);
    await publisher.publish(changes.slice(1));
    assert.deepEqual(
      publisher.batches.map((batch) => batch.length),
      [2, 1],
    );
    assert.equal(publisher.changes[2], '{"n":2}');
  });
});
