import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { receivedContext, traceContext, traceHeaders, traced } from './tracing.ts';

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

describe('the trace context', () => {
  it('is taken from the headers of a request when it is a valid one', () => {
    assert.deepEqual(receivedContext({ traceparent }), { traceparent });
    assert.deepEqual(receivedContext({ traceparent, tracestate: 'v=1' }), { traceparent, tracestate: 'v=1' });
    assert.deepEqual(receivedContext({ traceparent, tracestate: ['v=1', 'w=2'] }), {
      traceparent,
      tracestate: 'v=1,w=2',
    });
    assert.deepEqual(receivedContext({ traceparent, tracestate: 'x'.repeat(600) }), { traceparent });
    for (const wrong of [
      undefined,
      '',
      'x',
      traceparent.slice(0, -1),
      traceparent.toUpperCase(),
      traceparent.replace('00-', 'ff-'),
      traceparent.replace(/a{32}/, '0'.repeat(32)),
      traceparent.replace(/b{16}/, '0'.repeat(16)),
    ])
      assert.equal(receivedContext({ traceparent: wrong }), undefined, wrong);
  });

  it('is in the headers of what is sent in it, and nowhere else', async () => {
    assert.deepEqual(traceHeaders(), {});
    await traceContext.run({ traceparent }, async () => {
      await Promise.resolve();
      assert.deepEqual(traceHeaders(), { traceparent });
    });
    assert.deepEqual(traceHeaders(), {});
  });

  it('an operation that nobody follows is only done', async () => {
    let done = false;
    const operation = { sourceId: 's', changes: 1 };
    await traced('batch', operation, async () => void (done = true));
    assert.ok(done);
    await assert.rejects(
      traced('batch', operation, () => Promise.reject(new Error('no'))),
      /no/,
    );
  });
});
