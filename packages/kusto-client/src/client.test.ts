import assert from 'node:assert/strict';
import diagnostics from 'node:diagnostics_channel';
import { describe, test } from 'node:test';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { rowsOf } from './cells.ts';
import { KustoClient } from './client.ts';
import type { KustoClientOptions } from './client.ts';
import { KustoError } from './errors.ts';
import { v1Body, v2Body } from './testing/bodies.ts';
import type { ResultShape } from './testing/bodies.ts';
import { FakeClock } from './testing/fake-clock.ts';
import { FakeKusto } from './testing/fake-kusto.ts';
import type { CellValue, QueryOptions } from './types.ts';

const SHAPE: ResultShape = {
  columns: [
    ['k', 'long'],
    ['s', 'string'],
  ],
  rows: [
    ['9223372036854775807', '"ä\\n"'],
    ['2', '""'],
    ['3', '"c"'],
  ],
  cursor: '636040929866477946',
};
const ROWS: readonly (readonly CellValue[])[] = [
  [9223372036854775807n, 'ä\n'],
  [2n, ''],
  [3n, 'c'],
];

function connect(kusto: FakeKusto, options: Partial<KustoClientOptions> = {}): KustoClient {
  return new KustoClient({ connection: kusto.uri, clock: new FakeClock(), random: () => 0.5, ...options });
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof KustoError, String(error));
    assert.equal(error.code, expected, error.message);
    return true;
  };
}

describe('query', () => {
  test('gives batches, columns and cursor, and asks for what it promises', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({ body: v2Body(SHAPE), headers: { 'x-ms-activity-id': 'act' } });
    await using client = connect(kusto, { applicationName: 'my äpp' });
    const options: QueryOptions = {
      parameters: { n: 9223372036854775807n, s: 'a"b', r: 1.5, i: 7, b: true, d: 'dynamic([1])' },
      options: { notruncation: true },
      serverTimeoutMs: 90_000,
      clientRequestId: 'id-1',
    };
    await using result = client.query('my db', 'T | take 3', options);
    const rows: CellValue[][] = [];
    for await (const batch of result) rows.push(...rowsOf(batch));
    assert.deepEqual(rows, ROWS);
    assert.equal(result.cursor, '636040929866477946');
    assert.deepEqual(await result.columns, [
      { name: 'k', type: 'long' },
      { name: 's', type: 'string' },
    ]);

    const [request] = kusto.requests;
    assert.equal(kusto.requests.length, 1, 'no metadata, no cancellation');
    assert.equal(request?.path, '/v2/rest/query');
    assert.match(request.body, /"n":9223372036854775807[,}]/);
    assert.deepEqual(JSON.parse(request.body), {
      db: 'my db',
      csl: 'T | take 3',
      properties: {
        Options: {
          notruncation: true,
          queryconsistency: 'strongconsistency',
          request_readonly: true,
          request_readonly_hardline: true,
          results_error_reporting_placement: 'end_of_table',
          results_progressive_enabled: false,
          results_v2_fragment_primary_tables: true,
          results_v2_newlines_between_frames: true,
          servertimeout: '00:01:30',
        },
        Parameters: {
          n: Number(9223372036854775807n),
          s: 'a"b',
          r: '1.5',
          i: 7,
          b: 'true',
          d: 'dynamic([1])',
        },
      },
    });
    assert.equal(request.headers['x-ms-client-request-id'], 'id-1');
    assert.equal(request.headers['x-ms-app'], 'my ?pp');
    assert.equal(request.headers['x-ms-version'], '2024-12-12');
    assert.equal(request.headers.accept, 'application/json');
    assert.equal(request.headers['accept-encoding'], 'gzip, deflate');
    assert.equal(request.headers.authorization, undefined);
  });

  test('a small result is asked for as safely, without what makes large ones stream', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({ body: v2Body(SHAPE) });
    await using client = connect(kusto);
    assert.deepEqual((await client.rows('db', 'T')).rows, ROWS);
    const { properties } = JSON.parse(kusto.requests[0]?.body ?? '') as { properties: unknown };
    assert.deepEqual(properties, {
      Options: {
        queryconsistency: 'strongconsistency',
        request_readonly: true,
        request_readonly_hardline: true,
        results_progressive_enabled: false,
        servertimeout: '00:04:00',
      },
    });
    assert.match(String(kusto.requests[0]?.headers['x-ms-client-request-id']), /^drasi-kusto;[\w-]{12}$/);
  });

  test('columns can be asked for before the rows, and of an empty result', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({ body: v2Body(SHAPE) }, { body: v2Body({ ...SHAPE, rows: [] }) });
    await using client = connect(kusto);
    for (const count of [3, 0]) {
      const result = client.query('db', 'T');
      assert.equal((await result.columns).length, 2);
      let rows = 0;
      for await (const batch of result) rows += batch.rowCount;
      assert.equal(rows, count);
    }
  });

  test('is sent only when it is read, and read only once', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({ body: v2Body(SHAPE) });
    await using client = connect(kusto);
    await client.query('db', 'T')[Symbol.asyncDispose]();
    assert.equal(kusto.requests.length, 0);
    const result = client.query('db', 'T');
    for await (const _ of result);
    await assert.rejects(async () => {
      for await (const _ of result);
    }, code('KUSTO_RESULT_USED'));
  });

  test('a command, and properties that would weaken the result, are refused before anything is sent', async () => {
    await using kusto = await FakeKusto.start();
    await using client = connect(kusto);
    for (const csl of ['.drop table T', '  \n.show tables', '// hello\n// you\r\n .drop table T']) {
      assert.throws(() => client.query('db', csl), code('KUSTO_NOT_READ_ONLY'));
      await assert.rejects(client.rows('db', csl), code('KUSTO_NOT_READ_ONLY'));
    }
    const weakening: readonly Record<string, string | boolean>[] = [
      { best_effort: true },
      { deferpartialqueryfailures: true },
      { query_results_cache_max_age: '1h' },
      { servertimeout: '01:00:00' },
      { results_progressive_enabled: true },
      { request_readonly: false },
      { Request_ReadOnly_Hardline: false },
    ];
    for (const options of weakening) {
      assert.throws(() => client.query('db', 'T', { options }), code('KUSTO_OPTION_REFUSED'));
    }
    assert.throws(
      () => client.query('db', 'T', { serverTimeoutMs: 3_600_001 }),
      code('KUSTO_OPTION_REFUSED'),
    );
    assert.throws(
      () => client.query('db', 'T', { parameters: { n: 2 ** 53 } }),
      code('KUSTO_OPTION_REFUSED'),
    );
    assert.throws(
      () => client.query('db', 'T', { parameters: { n: Number.NaN } }),
      code('KUSTO_OPTION_REFUSED'),
    );
    assert.equal(kusto.requests.length, 0);
  });

  test('compressed bodies', async () => {
    const body = Buffer.from(v2Body(SHAPE));
    await using kusto = await FakeKusto.start();
    await using client = connect(kusto, { retry: { maxAttempts: 1 } });
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['deflate', deflateRawSync(body)],
      ['identity', body],
    ] as const) {
      kusto.answer({ body: bytes, headers: { 'content-encoding': encoding } });
      assert.deepEqual((await client.rows('db', 'T')).rows, ROWS, encoding);
      if (encoding === 'identity') continue;
      kusto.answer({ body: bytes.subarray(0, bytes.length - 12), headers: { 'content-encoding': encoding } });
      await assert.rejects(
        client.rows('db', 'T'),
        (error: unknown) => error instanceof KustoError && error.retryClass === 'transient',
        encoding,
      );
    }
    kusto.answer({ body, headers: { 'content-encoding': 'br' } });
    await assert.rejects(client.rows('db', 'T'), code('KUSTO_PROTOCOL'));
  });

  test('a big compressed body comes through every decoder whole', async () => {
    const rows = Array.from({ length: 20_000 }, (_, i) => [String(i), `"row ${i * 7919} of many"`]);
    const body = Buffer.from(v2Body({ ...SHAPE, rows, fragment: 500 }));
    await using kusto = await FakeKusto.start();
    await using client = connect(kusto, { retry: { maxAttempts: 1 } });
    for (const [encoding, bytes] of [
      ['gzip', gzipSync(body)],
      ['deflate', deflateSync(body)],
      ['deflate', deflateRawSync(body)],
    ] as const) {
      kusto.answer({ body: bytes, headers: { 'content-encoding': encoding } });
      let sum = 0n;
      for await (const batch of client.query('db', 'T')) for (const [k] of rowsOf(batch)) sum += k as bigint;
      assert.equal(sum, (20_000n * 19_999n) / 2n);
    }
  });

  test('queryconsistency is left out once the service does not know it', async () => {
    await using kusto = await FakeKusto.start();
    const refusal = {
      error: {
        code: 'BadRequest',
        message: "Unknown request property 'queryconsistency'",
        '@permanent': true,
      },
    };
    kusto.answer(
      { status: 400, body: JSON.stringify(refusal) },
      { body: v2Body(SHAPE) },
      { body: v2Body(SHAPE) },
    );
    await using client = connect(kusto);
    assert.deepEqual((await client.rows('db', 'T')).rows, ROWS);
    assert.deepEqual((await client.rows('db', 'T')).rows, ROWS);
    assert.deepEqual(
      kusto.queries.map((request) => request.body.includes('queryconsistency')),
      [true, false, false],
    );
  });

  test('tells its requests on the diagnostics channels', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({ status: 503 }, { body: v2Body(SHAPE) });
    await using client = connect(kusto);
    const seen: unknown[] = [];
    const onStart = (message: unknown): void => void seen.push(['start', message]);
    const onEnd = (message: unknown): void => void seen.push(['end', message]);
    diagnostics.subscribe('drasi-kusto:request:start', onStart);
    diagnostics.subscribe('drasi-kusto:request:end', onEnd);
    await client.rows('db', 'T', { clientRequestId: 'id' });
    diagnostics.unsubscribe('drasi-kusto:request:start', onStart);
    diagnostics.unsubscribe('drasi-kusto:request:end', onEnd);
    const told = seen as [
      string,
      { attempt: number; clientRequestId: string; rows?: number; error?: KustoError },
    ][];
    assert.deepEqual(
      told.map(([name, { attempt, clientRequestId, rows, error }]) => [
        name,
        attempt,
        clientRequestId,
        rows,
        error?.code,
      ]),
      [
        ['start', 1, 'id', undefined, undefined],
        ['end', 1, 'id', 0, 'KUSTO_SERVICE'],
        ['start', 2, 'id;retry1', undefined, undefined],
        ['end', 2, 'id;retry1', 3, undefined],
      ],
    );
  });
});

describe('rows', () => {
  test('refuses more rows or bytes than allowed', async () => {
    await using kusto = await FakeKusto.start();
    await using client = connect(kusto);
    for (const options of [{ maxRows: 2 }, { maxBytes: 10 }]) {
      kusto.answer({ body: v2Body(SHAPE) });
      await assert.rejects(client.rows('db', 'T', options), code('KUSTO_ROW_LIMIT'));
    }
    kusto.answer({ body: v2Body(SHAPE) });
    assert.equal((await client.rows('db', 'T', { maxRows: 3 })).rows.length, 3);
  });

  test('repeats the whole when the result broke in the middle', async () => {
    await using kusto = await FakeKusto.start();
    const body = v2Body(SHAPE);
    kusto.answer(
      { body: body.slice(0, -30) },
      { body: v2Body({ ...SHAPE, status: [[2, 'node lost']] }) },
      { body },
    );
    await using client = connect(kusto);
    assert.deepEqual((await client.rows('db', 'T')).rows, ROWS);
    assert.equal(kusto.queries.length, 3);
  });

  test('a v1 body on the query address is understood', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({ body: v1Body(SHAPE, 4) });
    await using client = connect(kusto);
    const result = await client.rows('db', 'T');
    assert.deepEqual(result.rows, ROWS);
    assert.equal(result.cursor, SHAPE.cursor);
  });
});

describe('management', () => {
  test('sends .show and nothing else', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer({ body: v1Body(SHAPE, 1) });
    await using client = connect(kusto);
    assert.deepEqual((await client.management('db', '// tables\n.show tables')).rows, ROWS);
    assert.equal(kusto.commands.length, 1);
    assert.equal(JSON.parse(kusto.commands[0]!.body).properties.Options.queryconsistency, undefined);
    for (const csl of [
      '.drop table T',
      '.showtables',
      '.set-or-replace X <| T',
      'T',
      '.alter table T (a:long)',
      '',
    ]) {
      await assert.rejects(client.management('db', csl), code('KUSTO_NOT_READ_ONLY'), csl);
    }
    assert.equal(kusto.commands.length, 1);
  });
});
