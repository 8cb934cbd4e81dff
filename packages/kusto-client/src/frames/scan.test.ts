import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { cellToken } from '../cells.ts';
import type { KustoErrorCode } from '../errors.ts';
import { KustoError } from '../errors.ts';
import { json, raw, v1Body, v2Body } from '../testing/bodies.ts';
import type { ResultShape } from '../testing/bodies.ts';
import type { KustoColumn, RowBatch } from '../types.ts';
import { DEFAULT_LIMITS, scanResult } from './scan.ts';
import type { ScanLimits } from './table-reader.ts';

interface Scanned {
  readonly columns: readonly KustoColumn[] | undefined;
  readonly rows: readonly (readonly string[])[];
  readonly cursor: string | undefined;
  readonly batches: readonly RowBatch[];
}

async function* inChunks(body: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let turn = 0;
  for (let at = 0; at < body.length;) {
    const size = sizes[turn++ % sizes.length] ?? 1;
    yield body.subarray(at, at + size);
    at += size;
  }
}

async function scan(
  body: string | Uint8Array,
  sizes: readonly number[] = [1 << 20],
  limits: Partial<ScanLimits> = {},
): Promise<Scanned> {
  let columns: readonly KustoColumn[] | undefined;
  let cursor: string | undefined;
  const batches: RowBatch[] = [];
  const events = {
    columns: (seen: readonly KustoColumn[]) => {
      columns = seen;
    },
    cursor: (seen: string) => {
      cursor = seen;
    },
  };
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  for await (const batch of scanResult(inChunks(bytes, sizes), events, { ...DEFAULT_LIMITS, ...limits }))
    batches.push(batch);
  // Tokens are read only now: a batch has to stay valid after the next one came.
  const rows = batches.flatMap((batch) =>
    Array.from({ length: batch.rowCount }, (_, row) =>
      batch.columns.map((_column, column) => cellToken(batch, row, column)),
    ),
  );
  return { columns, rows, cursor, batches };
}

async function fails(body: string, code: KustoErrorCode, words?: RegExp): Promise<KustoError> {
  for (const sizes of [[1 << 20], [7, 1]]) {
    await assert.rejects(scan(body, sizes), (error: unknown) => {
      assert.ok(error instanceof KustoError, String(error));
      assert.equal(error.code, code, error.message);
      if (words !== undefined) assert.match(error.message, words);
      return true;
    });
  }
  return (await scan(body).catch((error: unknown) => error)) as KustoError;
}

const SHAPE: ResultShape = {
  columns: [
    ['k', 'long'],
    ['s', 'string'],
    ['d', 'dynamic'],
  ],
  rows: [
    ['1', '"a"', '{"x":[1,{"y":null}]}'],
    ['-9223372036854775808', '"q\\"\\\\\\u00e4 ä 😀"', '"text"'],
    ['null', '""', 'null'],
    ['4', '"],[,{"', '[]'],
    ['5', '"e"', '1.5e-3'],
  ],
  cursor: '637239957206013576',
};

const LAYOUTS: readonly (readonly [string, (shape: ResultShape) => string])[] = [
  ['v2 fragmented, a frame a line', (shape) => v2Body({ fragment: 2, ...shape })],
  ['v2 fragmented, one line', (shape) => v2Body({ fragment: 1, ...shape, lines: false })],
  ['v2 fragmented, keys reversed', (shape) => v2Body({ fragment: 3, ...shape, reversed: true })],
  ['v2 unfragmented', (shape) => v2Body({ ...shape, fragment: 0 })],
  [
    'v2 unfragmented, one line, spaced',
    (shape) => v2Body({ ...shape, fragment: 0, lines: false, spaced: true }),
  ],
  ['v2 unfragmented, keys reversed', (shape) => v2Body({ ...shape, fragment: 0, reversed: true })],
  ['v1 with table of contents', (shape) => v1Body(shape, 4)],
  ['v1 with properties, spaced', (shape) => v1Body({ ...shape, spaced: true }, 2)],
  ['v1, keys reversed', (shape) => v1Body({ ...shape, reversed: true }, 4)],
];

const whitespace = fc.constantFrom('', ' ', '\n');
const number = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('0', '-0', '1E+5', '1.25e-7'),
);
/** A string token, each character plain or escaped. */
const string = fc
  .string({ unit: 'grapheme', maxLength: 40 })
  .chain((text) =>
    fc
      .boolean()
      .map((escaped) =>
        escaped
          ? `"${Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
          : JSON.stringify(text),
      ),
  );
const { value: token } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false', '"NaN"'),
    number,
    string,
    fc
      .tuple(whitespace, fc.array(tie('value'), { maxLength: 4 }))
      .map(([gap, items]) => `[${gap}${items.join(`${gap},`)}]`),
    fc
      .array(fc.tuple(string, whitespace, tie('value')), { maxLength: 4 })
      .map((items) => `{${items.map(([key, gap, item]) => `${key}${gap}:${gap}${item}`).join(',')}}`),
  ),
}));

describe('layouts', () => {
  for (const [name, write] of LAYOUTS) {
    test(`${name}: every cell, the columns and the cursor`, async () => {
      const scanned = await scan(write(SHAPE));
      assert.deepEqual(scanned.rows, SHAPE.rows);
      assert.deepEqual(scanned.columns, [
        { name: 'k', type: 'long' },
        { name: 's', type: 'string' },
        { name: 'd', type: 'dynamic' },
      ]);
      assert.equal(scanned.cursor, SHAPE.cursor);
    });

    test(`${name}: columns without rows`, async () => {
      const scanned = await scan(write({ ...SHAPE, rows: [] }), [3]);
      assert.equal(scanned.columns?.length, 3);
      assert.deepEqual(scanned.rows, []);
    });

    test(`${name}: arbitrary rows in arbitrary chunks and windows`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 4 }).chain((width) =>
            fc.array(fc.array(token, { minLength: width, maxLength: width }), {
              minLength: 1,
              maxLength: 12,
            }),
          ),
          fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 }),
          fc.integer({ min: 16, max: 600 }),
          fc.integer({ min: 1, max: 7 }),
          async (rows, sizes, windowBytes, maxBatchRows) => {
            const columns = rows[0]!.map((_, i) => [`c${i}`, 'dynamic'] as const);
            const scanned = await scan(write({ columns, rows }), sizes, { windowBytes, maxBatchRows });
            assert.deepEqual(scanned.rows, rows);
            assert.ok(scanned.batches.every((batch) => batch.rowCount > 0 && batch.rowCount <= maxBatchRows));
            // The independent check: JSON.parse of the same body gives the same values.
            for (const row of scanned.rows) JSON.parse(`[${row.join(',')}]`);
          },
        ),
        { numRuns: 60 },
      );
    });

    test(`${name}: fragments of any size against batches of any size`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 30 }),
          fc.integer({ min: 0, max: 8 }),
          fc.integer({ min: 1, max: 8 }),
          fc.integer({ min: 8, max: 200 }),
          fc.integer({ min: 1, max: 400 }),
          async (count, fragment, maxBatchRows, windowBytes, size) => {
            const rows = Array.from({ length: count }, (_, i) => [String(i), `"${'x'.repeat(i)}"`]);
            const body = write({
              columns: [
                ['k', 'long'],
                ['s', 'string'],
              ],
              rows,
              fragment,
            });
            assert.deepEqual((await scan(body, [size], { windowBytes, maxBatchRows })).rows, rows);
          },
        ),
        { numRuns: 100 },
      );
    });

    test(`${name}: cut anywhere, it never ends well (I9)`, async () => {
      const body = Buffer.from(write(SHAPE));
      for (let length = 0; length < body.length; length++) {
        await assert.rejects(
          scan(body.subarray(0, length), [64]),
          (error: unknown) =>
            error instanceof KustoError &&
            error.code === 'KUSTO_INCOMPLETE' &&
            error.retryClass === 'transient',
          `cut after ${length} of ${body.length} bytes`,
        );
      }
    });

    test(`${name}: a changed byte gives the same shape or a KustoError, never anything else`, async () => {
      const body = Buffer.from(write(SHAPE));
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 0, max: body.length - 1 }),
          fc.integer({ min: 0, max: 255 }),
          async (at, byte) => {
            const broken = Buffer.from(body);
            broken[at] = byte;
            try {
              await scan(broken, [50]);
            } catch (error) {
              assert.ok(error instanceof KustoError, String(error));
              return;
            }
            JSON.parse(broken.toString());
          },
        ),
        { numRuns: 300 },
      );
    });

    test(`${name}: anything behind the end`, async () => {
      await fails(`${write(SHAPE)}\n[`, 'KUSTO_PROTOCOL', /bytes follow/);
      assert.equal((await scan(`\ufeff${write(SHAPE)} \r\n`)).rows.length, 5);
    });
  }
});

describe('what makes a result not whole', () => {
  const oneApi = {
    OneApiErrors: [
      {
        error: {
          code: 'LimitsExceeded',
          message: 'Request is invalid',
          '@message':
            'Query result set has exceeded the internal record count limit 500000 (E_QUERY_RESULT_SET_TOO_LARGE)',
          '@context': { activityId: 'act-1' },
          '@permanent': false,
        },
      },
    ],
  };
  const columns = SHAPE.columns;

  test('an error object in the place of a row, v2', async () => {
    for (const fragment of [0, 1]) {
      for (const reversed of [false, true]) {
        const body = v2Body({ columns, rows: SHAPE.rows, fragment, reversed }).replace('["4"', '["4"');
        const broken = body.replace('[4,"],[,{",[]]', JSON.stringify(oneApi));
        assert.notEqual(broken, body);
        const error = await fails(broken, 'KUSTO_TOO_LARGE', /500000/);
        assert.equal(error.retryClass, 'too_large');
        assert.equal(error.activityId, 'act-1');
        assert.equal(error.kustoCode, 'LimitsExceeded');
      }
    }
  });

  test('an error object in the place of a row, v1', async () => {
    const body = v1Body(SHAPE, 4).replace(
      '[4,"],[,{",[]]',
      '{"Exceptions":["Query execution has failed: 0x80131500"]}',
    );
    const error = await fails(body, 'KUSTO_PARTIAL_FAILURE', /0x80131500/);
    assert.equal(error.retryClass, 'transient');
  });

  test('an error object in a table beside the result', async () => {
    const body = v2Body({ ...SHAPE, status: [[4, 'mark']] }).replace(
      /\["2026[^\]]*mark"\]/,
      JSON.stringify(oneApi),
    );
    await fails(body, 'KUSTO_TOO_LARGE');
  });

  test('errors at the end of the table and of the result', async () => {
    for (const type of ['TableCompletion', 'DataSetCompletion']) {
      const body = v2Body({
        ...SHAPE,
        edit: (frame) =>
          frame['FrameType']?.raw === JSON.stringify(type)
            ? { ...frame, OneApiErrors: json(oneApi.OneApiErrors) }
            : frame,
      });
      await fails(body, 'KUSTO_TOO_LARGE');
    }
  });

  test('@permanent decides where the text does not', async () => {
    for (const [permanent, retryClass] of [
      [true, 'permanent'],
      [false, 'transient'],
    ] as const) {
      const errors = [{ error: { code: 'X', message: 'failed', '@permanent': permanent } }];
      const body = v2Body({
        ...SHAPE,
        edit: (frame) =>
          frame['FrameType']?.raw === '"DataSetCompletion"'
            ? { ...frame, HasErrors: json(true), OneApiErrors: json(errors) }
            : frame,
      });
      assert.equal((await fails(body, 'KUSTO_PARTIAL_FAILURE')).retryClass, retryClass);
    }
  });

  const completion = (change: Record<string, unknown>): string =>
    v2Body({
      ...SHAPE,
      edit: (frame) =>
        frame['FrameType']?.raw === '"DataSetCompletion"'
          ? Object.fromEntries([
              ...Object.entries(frame),
              ...Object.entries(change).map(([key, value]) => [key, json(value)] as const),
            ])
          : frame,
    });

  test('HasErrors, Cancelled, or neither said', async () => {
    await fails(completion({ HasErrors: true }), 'KUSTO_PARTIAL_FAILURE');
    await fails(completion({ Cancelled: true }), 'KUSTO_CANCELLED');
    await fails(completion({ HasErrors: null }), 'KUSTO_PARTIAL_FAILURE');
  });

  test('a deferred failure, told only by a status row', async () => {
    const status = [
      [4, 'info'],
      [2, 'exceeded limit E_RUNAWAY_QUERY'],
    ] as const;
    assert.equal((await fails(v2Body({ ...SHAPE, status }), 'KUSTO_TOO_LARGE')).retryClass, 'too_large');
    await fails(v1Body({ ...SHAPE, status }, 4), 'KUSTO_TOO_LARGE');
    await fails(v2Body({ ...SHAPE, status: [[1, 'broken']] }), 'KUSTO_PARTIAL_FAILURE', /broken/);
    assert.equal((await scan(v2Body({ ...SHAPE, status: [[3, 'warning']] }))).rows.length, 5);
  });

  test('a row count that does not agree', async () => {
    const change = (count: unknown): string =>
      v2Body({
        ...SHAPE,
        edit: (frame) => (frame['RowCount'] === undefined ? frame : { ...frame, RowCount: json(count) }),
      });
    await fails(change(4), 'KUSTO_INCOMPLETE', /5 rows.*4/);
    await fails(change(null), 'KUSTO_INCOMPLETE');
  });

  const without = (type: string): string =>
    v2Body({
      ...SHAPE,
      edit: (frame) => (frame['FrameType']?.raw === JSON.stringify(type) ? undefined : frame),
    });

  test('missing frames', async () => {
    await fails(without('DataSetCompletion'), 'KUSTO_INCOMPLETE', /DataSetCompletion/);
    await fails(without('TableCompletion'), 'KUSTO_PROTOCOL', /stands inside/);
    await fails(without('DataSetHeader'), 'KUSTO_PROTOCOL', /DataSetHeader/);
    await fails(without('TableHeader'), 'KUSTO_PROTOCOL', /not open/);
    // A lost fragment shows by the count.
    let lost = false;
    const body = v2Body({
      ...SHAPE,
      edit: (frame) => {
        if (lost || frame['FrameType']?.raw !== '"TableFragment"') return frame;
        lost = true;
        return undefined;
      },
    });
    await fails(body, 'KUSTO_INCOMPLETE', /3 rows.*5/);
    const primaryGone = v2Body({
      ...SHAPE,
      fragment: 0,
      edit: (frame) => (frame['TableKind']?.raw === '"PrimaryResult"' ? undefined : frame),
    });
    await fails(primaryGone, 'KUSTO_PROTOCOL', /PrimaryResult/);
  });

  test('progressive results are refused', async () => {
    const edited = (type: string, key: string, value: unknown): string =>
      v2Body({
        ...SHAPE,
        edit: (frame) =>
          frame['FrameType']?.raw === JSON.stringify(type) ? { ...frame, [key]: json(value) } : frame,
      });
    await fails(edited('TableFragment', 'TableFragmentType', 'DataReplace'), 'KUSTO_PROGRESSIVE');
    await fails(edited('DataSetHeader', 'IsProgressive', true), 'KUSTO_PROGRESSIVE');
    const progress = '{"FrameType":"TableProgress","TableId":1,"TableProgress":50.1}';
    const body = v2Body(SHAPE).replace(
      '\n,{"FrameType":"TableFragment"',
      `\n,${progress}\n,{"FrameType":"TableFragment"`,
    );
    assert.match(body, /TableProgress/);
    assert.deepEqual((await scan(body)).rows, SHAPE.rows, 'progress alone takes nothing back');
  });

  test('an unknown frame, a frame after the completion, two results', async () => {
    await fails(
      completion({}).replace('"FrameType":"TableFragment"', '"FrameType":"TableRetraction"'),
      'KUSTO_PROTOCOL',
      /TableRetraction/,
    );
    const body = v2Body(SHAPE);
    await fails(
      body.replace('\n]', '\n,{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}\n]'),
      'KUSTO_PROTOCOL',
      /follows/,
    );
    const twice = v2Body({
      ...SHAPE,
      fragment: 0,
      edit: (frame) =>
        frame['TableKind']?.raw === '"QueryCompletionInformation"'
          ? { ...frame, TableKind: json('PrimaryResult') }
          : frame,
    });
    await fails(twice, 'KUSTO_MULTIPLE_RESULTS');
    await fails(v1Body(SHAPE, 4).replace('"QueryStatus"', '"QueryResult"'), 'KUSTO_MULTIPLE_RESULTS');
  });

  test('a stale answer from the result cache', async () => {
    await fails(v2Body({ ...SHAPE, serverCache: true }), 'KUSTO_STALE_ANSWER');
    await fails(v1Body({ ...SHAPE, serverCache: true }, 4), 'KUSTO_STALE_ANSWER');
  });

  test('v1: errors beside the tables, no table, several tables without contents', async () => {
    await fails(v1Body(SHAPE, 1, { Exceptions: json(['sorry']) }), 'KUSTO_PARTIAL_FAILURE', /sorry/);
    await fails('{"Tables":[]}', 'KUSTO_PROTOCOL');
    await fails('{"error":{"code":"BadRequest","message":"m","@permanent":true}}', 'KUSTO_PARTIAL_FAILURE');
    await fails(v1Body(SHAPE, 4).replaceAll('"Ordinal"', '"Other"'), 'KUSTO_PROTOCOL', /table of contents/);
    await fails(v1Body(SHAPE, 4).replace('"QueryResult"', '"QueryPlan"'), 'KUSTO_PROTOCOL', /first table/);
  });

  test('bodies that are no result at all', async () => {
    await fails('<html>gateway</html>', 'KUSTO_PROTOCOL');
    await fails('"text"', 'KUSTO_PROTOCOL');
    await fails('[1]', 'KUSTO_PROTOCOL');
    await fails('{}', 'KUSTO_PROTOCOL');
  });
});

describe('rows', () => {
  test('too few or too many cells', async () => {
    for (const fragment of [0, 1]) {
      const body = v2Body({ ...SHAPE, fragment });
      await fails(body.replace('[1,"a",', '["a",'), 'KUSTO_PROTOCOL', /2 cells.*3 columns/);
      await fails(body.replace('[1,"a",', '[1,"a",2,'), 'KUSTO_PROTOCOL', /more than 3/);
    }
  });

  test('malformed tokens are told with their place', async () => {
    for (const bad of [
      '01',
      '1.',
      '.5',
      '1e',
      '-',
      'nul',
      'True',
      '"\\x"',
      '"\\u12g4"',
      '"a\nb"',
      '[1,]',
      '{"a"}',
      '{"a":1,}',
      '{a:1}',
      '[1 2]',
      '+1',
      '',
    ]) {
      await fails(v2Body({ ...SHAPE, rows: [['1', '"s"', bad]] }), 'KUSTO_PROTOCOL', /at byte \d+/);
    }
  });

  test('the place told is the byte of the body, also after the window moved', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => [String(i), '"s"', i === 250 ? 'nonsense' : 'null']);
    const body = v2Body({ ...SHAPE, rows, fragment: 0 });
    for (const windowBytes of [64, 100_000]) {
      await assert.rejects(
        scan(body, [50], { windowBytes }),
        new RegExp(`at byte ${body.indexOf('nonsense')}\\b`),
      );
    }
  });

  test('nesting is limited', async () => {
    const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    assert.equal((await scan(v2Body({ ...SHAPE, rows: [['1', '""', deep(512)]] }))).rows.length, 1);
    await fails(v2Body({ ...SHAPE, rows: [['1', '""', deep(513)]] }), 'KUSTO_NESTING');
    await fails('['.repeat(100_000), 'KUSTO_PROTOCOL');
  });

  test('a row larger than the limit is refused, a smaller one is not', async () => {
    const row = (length: number): readonly string[] => ['1', JSON.stringify('x'.repeat(length)), 'null'];
    const limits = { windowBytes: 1024, maxRowBytes: 100_000 };
    for (const fragment of [0, 2]) {
      const rows = [row(90_000), row(10), row(90_000), row(5)];
      const scanned = await scan(v2Body({ ...SHAPE, rows, fragment }), [4000], limits);
      assert.deepEqual(scanned.rows, rows);
      await assert.rejects(
        scan(v2Body({ ...SHAPE, rows: [row(250_000)], fragment }), [4000], limits),
        (error: unknown) => error instanceof KustoError && error.code === 'KUSTO_ROW_TOO_LARGE',
      );
    }
  });

  test('a huge unfragmented table comes in batches of the window, before the frame ends', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => [String(i), '"abcdefghij"', 'null']);
    const body = Buffer.from(v2Body({ ...SHAPE, rows, fragment: 0 }));
    let given = 0;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (given = 0; given < body.length; given += 1000) yield body.subarray(given, given + 1000);
    }
    const events = { columns() {}, cursor() {} };
    let ahead = 0;
    let seen = 0;
    for await (const batch of scanResult(chunks(), events, { ...DEFAULT_LIMITS, windowBytes: 8192 })) {
      assert.ok(batch.bytes.length <= 8192);
      seen += batch.bytes.length;
      ahead = Math.max(ahead, given - seen);
    }
    assert.ok(ahead < 20_000, `the scanner read ${ahead} bytes ahead`);
  });

  test('a fragment is given out when nothing else has arrived', async () => {
    const lines = v2Body({ ...SHAPE, fragment: 2 }).split('\n');
    let sent = 0;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (const line of lines) {
        sent++;
        yield Buffer.from(`${line}\n`.trimStart());
      }
    }
    const first = await scanResult(chunks(), { columns() {}, cursor() {} }).next();
    assert.equal(first.value?.rowCount, 2);
    assert.ok(sent < lines.length - 3, `${sent} of ${lines.length} frames had to come first`);
  });

  test('a table without columns', async () => {
    assert.deepEqual((await scan(v2Body({ columns: [], rows: [[], []] }))).rows, [[], []]);
  });

  test('column types: aliases, .NET names, unknown', async () => {
    const body = v1Body(
      {
        columns: [
          ['a', 'uuid'],
          ['b', 'date'],
          ['c', 'double'],
        ],
        rows: [],
      },
      1,
    );
    assert.deepEqual(
      (await scan(body)).columns?.map((column) => column.type),
      ['guid', 'datetime', 'real'],
    );
    const dotNet = v1Body(
      {
        columns: [
          ['a', 'SByte'],
          ['b', 'Int64'],
          ['c', 'SqlDecimal'],
          ['d', 'System.Object'],
        ],
        rows: [],
      },
      1,
    ).replaceAll('ColumnType', 'DataType');
    assert.deepEqual(
      (await scan(dotNet)).columns?.map((column) => column.type),
      ['bool', 'long', 'decimal', 'dynamic'],
    );
    await fails(v1Body({ columns: [['geo', 'polygon']], rows: [] }, 1), 'KUSTO_PROTOCOL', /"geo".*polygon/);
  });
});

describe('the cursor', () => {
  for (const [name, cursorToken] of [
    ['a string', '"637239957206013576"'],
    ['a number', '637239957206013576'],
    ['JSON in a string', '"\\"637239957206013576\\""'],
    ['an object', '{"Cursor":"637239957206013576"}'],
    ['an object with a number', '{"Other":[1,"}"],"Cursor":637239957206013576}'],
    ['an object in a string', '"{\\"Cursor\\":\\"637239957206013576\\"}"'],
  ] as const) {
    test(`given as ${name}`, async () => {
      const { cursor, ...rest } = SHAPE;
      assert.equal((await scan(v2Body({ ...rest, cursorToken }))).cursor, cursor);
    });
  }

  test('none, null or empty', async () => {
    const { cursor: _, ...rest } = SHAPE;
    assert.equal((await scan(v2Body(rest))).cursor, undefined);
    for (const cursorToken of ['null', '""', '"null"', '{}']) {
      assert.equal((await scan(v2Body({ ...rest, cursorToken }))).cursor, undefined);
    }
    assert.equal(raw('x').raw, 'x');
  });
});
