import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { KustoClient } from './client.ts';
import type { KustoErrorCode, RetryClass } from './errors.ts';
import { KustoError } from './errors.ts';
import { v2Body } from './testing/bodies.ts';
import { FakeClock } from './testing/fake-clock.ts';
import { FakeKusto } from './testing/fake-kusto.ts';
import type { ScriptedAnswer } from './testing/fake-kusto.ts';

const BODY = v2Body({ columns: [['k', 'long']], rows: [['1'], ['2'], ['3']], fragment: 1 });

async function failure(kusto: FakeKusto, answer: ScriptedAnswer): Promise<KustoError> {
  kusto.answer(answer);
  await using client = new KustoClient({ connection: kusto.uri, retry: { maxAttempts: 1 } });
  const error: unknown = await client.rows('db', 'T').then(
    () => assert.fail('it has to fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof KustoError, String(error));
  return error;
}

function oneApi(fields: Record<string, unknown>): string {
  return JSON.stringify({
    error: {
      code: 'General_BadRequest',
      message: 'Request is invalid',
      '@context': { activityId: 'act-7', clientRequestId: 'req-7' },
      ...fields,
    },
  });
}

describe('answers that are failures', () => {
  const cases: readonly (readonly [string, ScriptedAnswer, KustoErrorCode, RetryClass])[] = [
    [
      '400, permanent',
      { status: 400, body: oneApi({ '@permanent': true }) },
      'KUSTO_BAD_REQUEST',
      'permanent',
    ],
    [
      '400, not permanent',
      { status: 400, body: oneApi({ '@permanent': false }) },
      'KUSTO_BAD_REQUEST',
      'transient',
    ],
    ['400 without a word', { status: 400 }, 'KUSTO_BAD_REQUEST', 'permanent'],
    [
      '400, too large although called passing',
      {
        status: 400,
        body: oneApi({
          '@permanent': false,
          '@message': 'Query execution has exceeded the allowed limits (80DA0003)',
        }),
      },
      'KUSTO_TOO_LARGE',
      'too_large',
    ],
    [
      '400, memory',
      { status: 400, body: oneApi({ '@message': 'Runaway query (E_RUNAWAY_QUERY)' }) },
      'KUSTO_TOO_LARGE',
      'too_large',
    ],
    ['401, empty', { status: 401 }, 'KUSTO_DENIED', 'denied'],
    ['403', { status: 403, body: oneApi({ '@permanent': true }) }, 'KUSTO_DENIED', 'denied'],
    ['404', { status: 404, body: 'nothing here' }, 'KUSTO_BAD_REQUEST', 'permanent'],
    ['413', { status: 413 }, 'KUSTO_TOO_LARGE', 'too_large'],
    [
      '429',
      { status: 429, body: oneApi({ code: 'TooManyRequests', '@permanent': false }) },
      'KUSTO_THROTTLED',
      'throttled',
    ],
    ['500', { status: 500, body: '<html>oops</html>' }, 'KUSTO_SERVICE', 'transient'],
    ['500, permanent', { status: 500, body: oneApi({ '@permanent': true }) }, 'KUSTO_SERVICE', 'permanent'],
    ['503', { status: 503 }, 'KUSTO_SERVICE', 'transient'],
    ['504', { status: 504, body: oneApi({ '@permanent': true }) }, 'KUSTO_TIMEOUT', 'transient'],
    ['520', { status: 520, body: oneApi({ '@permanent': false }) }, 'KUSTO_SERVICE', 'transient'],
    [
      'redirect',
      { status: 302, headers: { location: 'https://elsewhere.example/' } },
      'KUSTO_REDIRECT',
      'permanent',
    ],
    ['200, but a page', { body: '<html>sign in</html>' }, 'KUSTO_PROTOCOL', 'permanent'],
    ['200, empty', {}, 'KUSTO_INCOMPLETE', 'transient'],
  ];
  for (const [name, answer, code, retryClass] of cases) {
    test(name, async () => {
      await using kusto = await FakeKusto.start();
      const error = await failure(kusto, answer);
      assert.deepEqual([error.code, error.retryClass], [code, retryClass], error.message);
      assert.equal(kusto.queries.length, 1);
      assert.match(error.clientRequestId ?? '', /^(?:drasi-kusto;|req-7)/);
    });
  }

  test('the details of the service are kept', async () => {
    await using kusto = await FakeKusto.start();
    const body = oneApi({
      '@message': "'where' operator: Failed to resolve column",
      innererror: { code: 'SEM0100', message: 'x', innererror: { code: 'SEM0101' } },
      '@permanent': true,
    });
    const error = await failure(kusto, { status: 400, body });
    const { name, status, kustoCode, innerCode, activityId, clientRequestId } = error;
    assert.deepEqual(
      { name, status, kustoCode, innerCode, activityId, clientRequestId },
      {
        name: 'KustoError',
        status: 400,
        kustoCode: 'General_BadRequest',
        innerCode: 'SEM0101',
        activityId: 'act-7',
        clientRequestId: 'req-7',
      },
    );
    assert.match(error.message, /Failed to resolve column/);
    assert.equal(error.permanent, true);
  });

  test('an error body of any size is read only so far', async () => {
    await using kusto = await FakeKusto.start();
    let closed = false;
    const error = await failure(kusto, {
      write: (response) => {
        response.writeHead(500);
        response.on('close', () => {
          closed = true;
        });
        const more = (): void => {
          while (response.writable && response.write('x'.repeat(65_536)));
          if (!closed) response.once('drain', more);
        };
        more();
      },
    });
    assert.equal(error.code, 'KUSTO_SERVICE');
    assert.ok(error.message.length < 3000);
    await kusto.until(() => closed);
  });

  test('a connection that is cut, with a length and without', async () => {
    await using kusto = await FakeKusto.start();
    for (const headers of [{ 'content-length': String(BODY.length) }, {}]) {
      const error = await failure(kusto, {
        write: async (response) => {
          response.writeHead(200, headers);
          response.write(BODY.slice(0, -20));
          await new Promise((resolve) => {
            setTimeout(resolve, 20);
          });
          response.destroy();
        },
      });
      assert.deepEqual([error.code, error.retryClass], ['KUSTO_CONNECTION_LOST', 'transient'], error.message);
    }
    const before = await failure(kusto, { write: (response) => void response.destroy() });
    assert.equal(before.code, 'KUSTO_CONNECTION_LOST');
  });

  test('cut at every few bytes by a clean end, it never counts as whole (I9)', async () => {
    await using kusto = await FakeKusto.start();
    await using client = new KustoClient({ connection: kusto.uri, retry: { maxAttempts: 1 } });
    for (let length = 0; length < BODY.length; length += 9) {
      kusto.answer({ body: BODY.slice(0, length) });
      await assert.rejects(
        client.rows('db', 'T'),
        (error: unknown) => error instanceof KustoError && error.code === 'KUSTO_INCOMPLETE',
        `${length}`,
      );
    }
  });

  test('a body that stalls', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({
      write: (response) => {
        response.writeHead(200);
        response.write(BODY.slice(0, 100));
      },
    });
    await using client = new KustoClient({
      connection: kusto.uri,
      retry: { maxAttempts: 1 },
      bodyIdleTimeoutMs: 200,
    });
    await assert.rejects(
      client.rows('db', 'T'),
      (error: unknown) => error instanceof KustoError && error.code === 'KUSTO_TIMEOUT',
    );
  });

  test('nobody listens', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await using client = new KustoClient({
      connection: `http://127.0.0.1:${port}`,
      retry: { maxAttempts: 1 },
    });
    await assert.rejects(client.rows('db', 'T'), (error: unknown) => {
      assert.ok(error instanceof KustoError);
      assert.deepEqual(
        [error.code, error.retryClass, error.permanent],
        ['KUSTO_UNREACHABLE', 'unreachable', false],
      );
      assert.match(error.message, /ECONNREFUSED/);
      return true;
    });
  });
});

describe('retry', () => {
  test('passing faults are repeated before the first row, with growing pauses', async () => {
    await using kusto = await FakeKusto.start();
    const clock = new FakeClock();
    kusto.answer(
      { status: 503 },
      { status: 429, headers: { 'retry-after': '17' } },
      { status: 500 },
      { body: BODY },
    );
    await using client = new KustoClient({ connection: kusto.uri, clock, random: () => 0 });
    let rows = 0;
    for await (const batch of client.query('db', 'T')) rows += batch.rowCount;
    assert.equal(rows, 3);
    assert.deepEqual(clock.sleeps, [250, 17_000, 1000]);
  });

  test('what repeating cannot help is not repeated', async () => {
    await using kusto = await FakeKusto.start();
    for (const status of [400, 401, 403, 404, 413]) {
      kusto.answer({ status });
      await using client = new KustoClient({ connection: kusto.uri, clock: new FakeClock() });
      await assert.rejects(client.rows('db', 'T'));
      await assert.rejects(async () => {
        kusto.answer({ status });
        for await (const _ of client.query('db', 'T'));
      });
    }
    assert.equal(kusto.queries.length, 10);
  });

  test('it ends after the attempts allowed, and at the deadline', async () => {
    await using kusto = await FakeKusto.start();
    await using few = new KustoClient({
      connection: kusto.uri,
      clock: new FakeClock(),
      retry: { maxAttempts: 3 },
    });
    kusto.answer({ status: 500 }, { status: 500 }, { status: 500 });
    await assert.rejects(few.rows('db', 'T'));
    assert.equal(kusto.queries.length, 3);
    kusto.answer({ status: 429, headers: { 'retry-after': '61' } });
    await using short = new KustoClient({
      connection: kusto.uri,
      clock: new FakeClock(),
      retry: { deadlineMs: 60_000 },
    });
    await assert.rejects(
      short.rows('db', 'T'),
      (error: unknown) => error instanceof KustoError && error.retryAfterMs === 61_000,
    );
    assert.equal(kusto.queries.length, 4);
  });

  test('after the first row nothing is repeated', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({ body: BODY.slice(0, -20) }, { body: BODY });
    await using client = new KustoClient({ connection: kusto.uri, clock: new FakeClock() });
    let rows = 0;
    await assert.rejects(
      async () => {
        for await (const batch of client.query('db', 'T')) rows += batch.rowCount;
      },
      (error: unknown) => error instanceof KustoError && error.code === 'KUSTO_INCOMPLETE',
    );
    assert.equal(rows, 3);
    assert.equal(kusto.queries.length, 1);
  });

  test('columns that changed between attempts are not passed off as the ones announced', async () => {
    await using kusto = await FakeKusto.start();
    const other = v2Body({ columns: [['renamed', 'long']], rows: [['1']] });
    kusto.answer({ body: BODY.slice(0, BODY.indexOf('"TableFragment"')) }, { body: other });
    await using client = new KustoClient({ connection: kusto.uri, clock: new FakeClock() });
    const result = client.query('db', 'T');
    assert.equal((await result.columns)[0]?.name, 'k');
    await assert.rejects(async () => {
      for await (const _ of result);
    }, /columns of the result changed/);
  });
});
