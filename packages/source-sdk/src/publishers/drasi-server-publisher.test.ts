import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FakeDrasiServer } from '../../test/fake-drasi-server.ts';
import type { SourceChange } from '../elements.ts';
import { Float } from '../elements.ts';
import { traceContext } from '../tracing.ts';
import { encodeChange } from '../wire/encode-change.ts';
import { DrasiServerPublisher } from './drasi-server-publisher.ts';
import { httpEvent } from './http-event.ts';

const never = new AbortController().signal;

const wire = (change: SourceChange): Uint8Array =>
  encodeChange(change, { sourceId: 's', lsn: 7n, reactivatorStartNs: 1n, reactivatorEndNs: 2n });

const timestampNs = 1_790_000_000_123_456_789n;
const node = wire({
  op: 'i',
  element: { id: 'n:1', labels: ['N'], properties: { big: 9223372036854775807n, f: new Float(5), t: 'é"}' } },
  timestampNs,
});
const relation = wire({
  op: 'u',
  element: { id: 'r:1', labels: ['R'], startId: 'n:1', endId: 'n:2', properties: { since: 1 } },
  timestampNs,
});
const gone = wire({ op: 'd', element: { id: 'n:1', labels: ['N'] }, timestampNs });

const events = [
  '{"operation":"update","element":{"type":"node","id":"n:1","labels":["N"],"properties":{"big":9223372036854775807,"f":5.0,"t":"\\u00e9\\"}"}},"timestamp":1790000000123456789}',
  '{"operation":"update","element":{"type":"relation","id":"r:1","labels":["R"],"from":"n:1","to":"n:2","properties":{"since":1}},"timestamp":1790000000123456789}',
  '{"operation":"delete","id":"n:1","labels":["N"],"timestamp":1790000000123456789}',
];

describe('httpEvent', () => {
  it('is an update or a delete, digit by digit, with the ends of a relation (I11)', () => {
    assert.deepEqual([node, relation, gone].map(httpEvent), events);
  });

  it('is shorter than the change', () => {
    for (const change of [node, relation, gone]) assert.ok(httpEvent(change).length < change.length);
  });

  it('refuses what is not a change', () => {
    for (const text of ['{}', '{"op":"u","payload":{}}', '{"op":"u","payload":{"source":{"ts_ns":1}}}'])
      assert.throws(() => httpEvent(Buffer.from(text)), { code: 'BAD_ELEMENT' });
  });
});

describe('DrasiServerPublisher', () => {
  it('posts a batch, in order, with the trace it is part of', async () => {
    const server = await FakeDrasiServer.start('a b');
    const publisher = new DrasiServerPublisher({
      url: `${server.url}/`,
      sourceId: 'a b',
      headers: { 'x-gateway': 'g' },
    });
    const traceparent = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;
    await traceContext.run({ traceparent }, () => publisher.publish([node, relation, gone], never));
    await publisher.publish([], never);
    assert.deepEqual(server.bodies, [`{"events":[${events.join(',')}]}`]);
    assert.equal(server.headers[0]?.traceparent, traceparent);
    assert.equal(server.headers[0]?.['x-gateway'], 'g');
    assert.equal(server.events.length, 3);
    await Promise.all([publisher.close(), server.stop()]);
  });

  it('repeats the whole call after a full log and after a batch that failed in part', async () => {
    const server = await FakeDrasiServer.start('s');
    const publisher = new DrasiServerPublisher({ url: server.url, sourceId: 's' });
    server.fault = () => ({ fullAfter: 1 });
    await assert.rejects(publisher.publish([node, gone], never), {
      code: 'PUBLISH_FAILED',
      fatal: false,
      message: /503.*WAL/,
    });
    server.fault = () => ({ badAfter: 1 });
    await assert.rejects(publisher.publish([node, gone], never), {
      code: 'PUBLISH_FAILED',
      fatal: false,
      message: /only a part: 1 events failed/,
    });
    server.fault = () => undefined;
    await publisher.publish([node, gone], never);
    assert.deepEqual(server.events.slice(2), [events[0]?.replace('\\u00e9', 'é'), events[2]]);
    await Promise.all([publisher.close(), server.stop()]);
  });

  it('tells a fault that may pass from a refusal', async () => {
    const server = await FakeDrasiServer.start('s');
    const publisher = new DrasiServerPublisher({ url: server.url, sourceId: 's', requestTimeoutMs: 100 });
    const failures = [
      [500, 'PUBLISH_FAILED', false],
      [429, 'PUBLISH_FAILED', false],
      [400, 'PUBLISH_REFUSED', true],
      [404, 'PUBLISH_REFUSED', true],
      [422, 'PUBLISH_REFUSED', true],
    ] as const;
    for (const [status, code, fatal] of failures) {
      server.fault = () => ({ status, body: 'why' });
      await assert.rejects(publisher.publish([gone], never), {
        code,
        fatal,
        message: new RegExp(`${status}: why`),
      });
    }
    server.fault = () => ({
      status: 400,
      body: '{"success":false,"message":"All 1 events failed","error":"Internal channel error"}',
    });
    await assert.rejects(publisher.publish([gone], never), { code: 'PUBLISH_FAILED', fatal: false });
    for (const body of ['', 'ok', '[]', '{"success":false}']) {
      server.fault = () => ({ status: 200, body });
      await assert.rejects(publisher.publish([gone], never), { code: 'PUBLISH_FAILED', fatal: false });
    }
    server.fault = () => 'hang';
    await assert.rejects(publisher.publish([gone], never), {
      code: 'PUBLISH_FAILED',
      fatal: false,
      message: /did not answer/,
    });
    server.fault = () => undefined;
    const other = new DrasiServerPublisher({ url: server.url, sourceId: 'other' });
    await assert.rejects(other.publish([gone], never), { code: 'PUBLISH_REFUSED', message: /expected s/ });
    const large = wire({
      op: 'u',
      element: { id: 'n', labels: ['N'], properties: { t: 'x'.repeat(2_200_000) } },
      timestampNs,
    });
    await assert.rejects(other.publish([large], never), { code: 'PUBLISH_REFUSED', message: /413/ });
    assert.ok(publisher.maxBatchBytes <= 2_000_000);
    await server.stop();
    await assert.rejects(publisher.publish([gone], never), { code: 'PUBLISH_FAILED', fatal: false });
    await Promise.all([publisher.close(), other.close()]);
  });

  it('takes a body back when it is too late for it (R21)', async () => {
    const server = await FakeDrasiServer.start('s');
    const publisher = new DrasiServerPublisher({ url: server.url, sourceId: 's' });
    const late = (): void => {
      throw new Error('too late');
    };
    await assert.rejects(publisher.publish([gone], never, late), /too late/);
    await publisher.publish([gone], never, () => undefined);
    assert.deepEqual(server.bodies, [`{"events":[${events[2]}]}`]);
    await Promise.all([publisher.close(), server.stop()]);
  });

  it('ends at once when it is told to', async () => {
    const server = await FakeDrasiServer.start('s');
    server.fault = () => 'hang';
    const publisher = new DrasiServerPublisher({ url: server.url, sourceId: 's' });
    const stop = new AbortController();
    const publishing = publisher.publish([gone], stop.signal);
    setTimeout(() => stop.abort(new Error('stopped')), 20);
    await assert.rejects(publishing, /stopped/);
    await Promise.all([publisher.close(), server.stop()]);
  });
});
