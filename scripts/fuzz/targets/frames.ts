// The frame scanner: never a crash of another kind, never whole for a cut answer, and the same result however the bytes are cut into chunks.
import assert from 'node:assert/strict';
import { cellToken } from '../../../packages/kusto-client/src/cells.ts';
import { KustoError } from '../../../packages/kusto-client/src/errors.ts';
import { DEFAULT_LIMITS, scanResult } from '../../../packages/kusto-client/src/frames/scan.ts';
import type { ScanLimits } from '../../../packages/kusto-client/src/frames/table-reader.ts';
import { json, v1Body, v2Body, type ResultShape } from '../../../packages/kusto-client/src/testing/bodies.ts';
import type { RowBatch } from '../../../packages/kusto-client/src/types.ts';
import { Random } from '../random.ts';
import { bytes, documented, type OpenTarget, type Target, words } from '../target.ts';

const shape: ResultShape = {
  columns: [
    ['k', 'long'],
    ['s', 'string'],
    ['d', 'dynamic'],
  ],
  rows: [
    ['1', '"a"', '{"x":[1,{"y":null}]}'],
    ['-9223372036854775808', '"q\\"\\\\\\u00e4 ä 😀"', '"text"'],
    ['null', '""', '1.5e-3'],
  ],
  cursor: '638000000000000000',
};
const fault =
  '{"OneApiErrors":[{"error":{"code":"LimitsExceeded","message":"too much","@permanent":false}}]}';

const corpus = [
  v2Body(shape),
  v2Body({ ...shape, fragment: 0, lines: false }),
  v2Body({ ...shape, reversed: true, spaced: true, fragment: 1 }),
  v2Body({ ...shape, rows: [], status: [[2, 'bad']] }),
  v2Body(shape).replace('[null,"",1.5e-3]', fault),
  v2Body({
    ...shape,
    edit: (frame) =>
      frame['HasErrors'] === undefined
        ? frame
        : { ...frame, HasErrors: json(true), OneApiErrors: { raw: `[${fault}]` } },
  }),
  v1Body(shape),
  v1Body({ ...shape, spaced: true, reversed: true }, 2),
  v1Body(shape, 1, { Exceptions: json(['the query was cancelled']) }),
].map(bytes);

const tokens = [
  ...words(
    'DataSetHeader DataTable TableHeader TableFragment TableCompletion DataSetCompletion TableProgress',
  ),
  ...words('FrameType TableKind Rows Columns ColumnName ColumnType DataType HasErrors Cancelled'),
  ...words('OneApiErrors Exceptions PrimaryResult QueryProperties Tables DataReplace RowCount IsProgressive'),
  'true',
  'false',
  'null',
  '[]',
  '{}',
  '[[',
  ']]',
  '"\\ud800"',
  '\ufeff',
].map((token) => (/^[A-Z]/.test(token) ? `"${token}"` : token));

export interface Scanned {
  readonly rows: readonly string[];
  readonly cursor: string | undefined;
}

export type Scan = (body: AsyncIterable<Uint8Array>, limits: ScanLimits) => Promise<Scanned>;

async function scan(body: AsyncIterable<Uint8Array>, limits: ScanLimits): Promise<Scanned> {
  const batches: RowBatch[] = [];
  let cursor: string | undefined;
  const events = { columns: () => undefined, cursor: (text: string) => void (cursor = text) };
  for await (const batch of scanResult(body, events, limits)) batches.push(batch);
  const rows = batches.flatMap((batch) =>
    Array.from({ length: batch.rowCount }, (_row, row) =>
      batch.columns.map((_column, column) => cellToken(batch, row, column)).join(),
    ),
  );
  return { rows, cursor };
}

async function* chunked(input: Uint8Array, random: Random | undefined): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < input.length;) {
    const length = random === undefined ? input.length : 1 + random.below(random.below(3) === 0 ? 200 : 9);
    yield input.subarray(at, at + length);
    at += length;
  }
}

const small: ScanLimits = { windowBytes: 64, maxRowBytes: DEFAULT_LIMITS.maxRowBytes, maxBatchRows: 2 };

/** @param scanner - for tests: a scanner with a fault */
export function framesTarget(scanner: Scan = scan): Target {
  return {
    name: 'frames',
    corpus,
    tokens,
    files: /\/kusto-client\/src\/(?:frames|service-errors|cells)/,
    limitMs: 5_000,
    open: async (): Promise<OpenTarget> => ({
      run: (input) => check(input, scanner),
      close: async () => undefined,
    }),
  };
}

async function check(input: Uint8Array, scanner: Scan): Promise<void> {
  const random = new Random(input.length, Buffer.from(input).toString('latin1').slice(0, 200));
  const outcome = async (body: Uint8Array, cut: Random | undefined, limits: ScanLimits): Promise<unknown> => {
    try {
      return await scanner(chunked(body, cut), limits);
    } catch (error) {
      documented(error, [KustoError]);
      return (error as KustoError).code;
    }
  };
  const whole = await outcome(input, undefined, DEFAULT_LIMITS);
  for (const limits of [DEFAULT_LIMITS, small])
    assert.deepEqual(await outcome(input, random, limits), whole, 'another result for other chunks');
  if (typeof whole === 'string') return;
  // What counts as whole is JSON, and no part of it counts as well.
  const text = new TextDecoder().decode(input);
  try {
    JSON.parse(text);
  } catch (error) {
    throw new Error('whole, and no JSON', { cause: error });
  }
  const end = Buffer.from(input).toString('latin1').trimEnd().length;
  for (let cuts = 0; cuts < 4; cuts++) {
    const cut = await outcome(input.subarray(0, random.below(end)), undefined, DEFAULT_LIMITS);
    assert.equal(typeof cut, 'string', 'a cut answer counts as whole');
  }
}
