import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { KustoClient } from './client.ts';
import { KustoError } from './errors.ts';
import { v2Body } from './testing/bodies.ts';
import { FakeKusto } from './testing/fake-kusto.ts';

const BODY = v2Body({ columns: [['k', 'long']], rows: [['1'], ['2'], ['3'], ['4']], fragment: 2 });
/** Up to the end of the first fragment. */
const FIRST = BODY.slice(0, BODY.indexOf('\n', BODY.indexOf('"TableFragment"')) + 1);

/** A body without end, in fragments of about 16 KB. */
function endless(onWritten: (bytes: number) => void): (response: ServerResponse) => void {
  const start = FIRST.slice(0, FIRST.lastIndexOf('\n,{', FIRST.length - 2));
  const fragment = Buffer.from(
    `\n,{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[${`[${'7'.repeat(15)}],`.repeat(900).slice(0, -1)}]}`.repeat(
      2,
    ),
  );
  return (response) => {
    response.writeHead(200);
    response.write(start);
    let open = true;
    response.on('close', () => {
      open = false;
    });
    const more = (): void => {
      for (;;) {
        if (!open) return;
        onWritten(fragment.length);
        if (!response.write(fragment)) break;
      }
      response.once('drain', more);
    };
    more();
  };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('streaming', () => {
  test('rows come while the service is still sending', async () => {
    await using kusto = await FakeKusto.start();
    let finish: (() => void) | undefined;
    kusto.answer({
      write: (response) => {
        response.writeHead(200);
        response.write(FIRST);
        finish = () => response.end(BODY.slice(FIRST.length));
      },
    });
    await using client = new KustoClient({ connection: kusto.uri });
    const rows = client.query('db', 'T')[Symbol.asyncIterator]();
    const first = await rows.next();
    assert.ok(first.done !== true && first.value.rowCount === 2);
    finish?.();
    const second = await rows.next();
    assert.ok(second.done !== true && second.value.rowCount === 2);
    assert.equal((await rows.next()).done, true);
  });

  test('a reader that pauses stops the sender', async () => {
    await using kusto = await FakeKusto.start();
    let written = 0;
    kusto.answer({ write: endless((bytes) => (written += bytes)) });
    await using client = new KustoClient({ connection: kusto.uri, cancelAtService: false });
    await using result = client.query('db', 'T');
    const rows = result[Symbol.asyncIterator]();
    await rows.next();
    let before = -1;
    while (before !== written) {
      before = written;
      await delay(150);
    }
    const paused = written;
    assert.ok(paused < 32 * 1024 * 1024, `${paused} bytes went out to a reader that waits`);
    let read = 0;
    while (read < 2 * paused) {
      const next = await rows.next();
      assert.ok(next.done !== true);
      read += next.value.bytes.length;
    }
    assert.ok(written > paused, 'reading on starts the sender again');
  });

  test('memory does not grow with the result', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({ write: endless(() => {}) });
    await using client = new KustoClient({ connection: kusto.uri, cancelAtService: false });
    let bytes = 0;
    // What is still held after a collection: the resident size follows the collector's timing, and says little.
    const held = (): number => {
      collectGarbage();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    let sampleAt = 40_000_000;
    const samples: number[] = [];
    for await (const batch of client.query('db', 'T')) {
      bytes += batch.bytes.length;
      if (bytes < sampleAt) continue;
      samples.push(held());
      sampleAt += 65_000_000;
      if (samples.length === 5) break;
    }
    const growth = Math.max(...samples) - (samples[0] ?? 0);
    assert.ok(growth < 30_000_000, `memory grew by ${growth} bytes over a result of ${bytes}`);
  });

  test('200,000 rows of one DataTable frame', async () => {
    await using kusto = await FakeKusto.start();
    const rows = Array.from({ length: 200_000 }, (_, i) => [
      String(i),
      '"2026-01-01T00:00:00.1234567Z"',
      `"device-${i % 100}"`,
    ]);
    const columns = [
      ['k', 'long'],
      ['t', 'datetime'],
      ['d', 'string'],
    ] as const;
    const body = v2Body({ columns, rows, fragment: 0 });
    kusto.answer({ body });
    await using client = new KustoClient({ connection: kusto.uri });
    let count = 0;
    let largest = 0;
    for await (const batch of client.query('db', 'T')) {
      count += batch.rowCount;
      largest = Math.max(largest, batch.bytes.length);
    }
    assert.equal(count, 200_000);
    assert.ok(largest <= 256 * 1024);
  });
});

describe('leaving early', () => {
  for (const [name, leave] of [
    [
      'break',
      async (client: KustoClient) => {
        for await (const _ of client.query('db', 'T', { clientRequestId: 'q"1' })) break;
      },
    ],
    [
      'await using',
      async (client: KustoClient) => {
        await using result = client.query('db', 'T', { clientRequestId: 'q"1' });
        await result.columns;
      },
    ],
    [
      'an exception of the reader',
      async (client: KustoClient) => {
        await assert.rejects(async () => {
          for await (const _ of client.query('db', 'T', { clientRequestId: 'q"1' }))
            throw new Error('reader');
        }, /reader/);
      },
    ],
    [
      'the signal',
      async (client: KustoClient) => {
        const abort = new AbortController();
        const reason = new Error('stop');
        await assert.rejects(
          async () => {
            for await (const _ of client.query('db', 'T', { clientRequestId: 'q"1', signal: abort.signal }))
              abort.abort(reason);
          },
          (error: unknown) =>
            error instanceof KustoError && error.code === 'KUSTO_ABORTED' && error.cause === reason,
        );
      },
    ],
  ] as const) {
    test(`${name}: the request ends, and the service is told`, { timeout: 10_000 }, async () => {
      await using kusto = await FakeKusto.start();
      let closed = false;
      kusto.answer({
        write: (response) => {
          response.on('close', () => {
            closed = true;
          });
          endless(() => {})(response);
        },
      });
      await using client = new KustoClient({ connection: kusto.uri });
      await leave(client);
      await kusto.until(() => closed);
      await kusto.until(() => kusto.commands.length === 1);
      assert.equal(JSON.parse(kusto.commands[0]!.body).csl, '.cancel query "q\\"1"');
    });
  }

  test(
    'a signal ends the wait for the first byte, and a pause between attempts',
    { timeout: 10_000 },
    async () => {
      await using kusto = await FakeKusto.start();
      await using client = new KustoClient({ connection: kusto.uri });
      const aborted = (error: unknown): boolean =>
        error instanceof KustoError && error.code === 'KUSTO_ABORTED';
      kusto.answer({ write: () => {} });
      await assert.rejects(client.rows('db', 'T', { signal: AbortSignal.timeout(50) }), aborted);
      kusto.answer({ status: 429, headers: { 'retry-after': '60' } });
      const abort = new AbortController();
      const waiting = client.rows('db', 'T', { signal: abort.signal });
      await kusto.until(() => kusto.queries.length === 2);
      await delay(50);
      abort.abort();
      await assert.rejects(waiting, aborted);
      await assert.rejects(client.rows('db', 'T', { signal: AbortSignal.abort() }), aborted);
      assert.equal(kusto.queries.length, 2);
    },
  );

  test('nothing is cancelled after a whole or a failed result, or when turned off', async () => {
    await using kusto = await FakeKusto.start();
    await using client = new KustoClient({ connection: kusto.uri, retry: { maxAttempts: 1 } });
    kusto.answer({ body: BODY }, { body: BODY.slice(0, -9) }, { status: 500 });
    await client.rows('db', 'T');
    await assert.rejects(client.rows('db', 'T'));
    await assert.rejects(client.rows('db', 'T'));
    await using quiet = new KustoClient({ connection: kusto.uri, cancelAtService: false });
    kusto.answer({ write: endless(() => {}) });
    for await (const _ of quiet.query('db', 'T')) break;
    await client.close();
    assert.equal(kusto.commands.length, 0);
  });

  test('a result that is dropped unread, or whose columns fail unasked, leaves nothing unhandled', async () => {
    await using kusto = await FakeKusto.start();
    await using client = new KustoClient({ connection: kusto.uri, retry: { maxAttempts: 1 } });
    kusto.answer({ status: 400 }, { status: 400 });
    client.query('db', 'T');
    await assert.rejects(
      client.query('db', 'T').columns,
      (error: unknown) => error instanceof KustoError && error.status === 400,
    );
    await assert.rejects(client.query('db', 'T')[Symbol.asyncIterator]().next());
    await delay(20);
  });
});
