// The kernel against the TypeScript scanner: on any bytes it takes a beginning of the rows, and takes them as that does.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { JsonSyntaxError } from './json.ts';
import { RowScanner } from './row-scanner.ts';
import { scanRow } from './rows.ts';

const string = fc.oneof(
  fc.string().map((text) => JSON.stringify(text)),
  fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\u00e4\\ud83d\\uDE00"',
    '"\\/\\b\\f"',
    '"a long plain text, longer than sixteen bytes"',
    '""',
  ),
);
const cell = fc.oneof(
  string,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom(
    '0',
    '-0',
    '-1',
    '1E+5',
    '1.5e-7',
    '9223372036854775807',
    'true',
    'false',
    'null',
    '{}',
    '[]',
  ),
  fc.json({ maxDepth: 4 }),
);
/** What breaks tokens, or stands between them. */
const broken = fc.constantFrom(
  '01',
  '1.',
  '-',
  '1e',
  'tru',
  'nulL',
  '"\\x"',
  '"\\u12g4"',
  '"\n"',
  '{"a"}',
  '{1:2}',
  '[1,]',
  '',
  ' ',
  '1 ',
  '"open',
);
const row = (width: number, cells: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.array(cells, { minLength: width, maxLength: width }).map((tokens) => `[${tokens.join(',')}]`);

interface Expected {
  readonly rows: number;
  readonly offsets: readonly number[];
  readonly end: number;
}

/** What the TypeScript takes, row by row, until it meets the end, white space or an error. */
function expected(bytes: Uint8Array, width: number, maxRows: number): Expected {
  const slots = new Uint32Array(width * 2);
  const offsets: number[] = [];
  let at = 0;
  let rows = 0;
  try {
    while (rows < maxRows) {
      if (rows > 0 && bytes[at] !== 0x2c) break;
      const start = rows > 0 ? at + 1 : at;
      if (bytes[start] !== 0x5b) break;
      const after = scanRow(bytes, start, bytes.length, width, slots, 0, 0);
      if (after < 0) break;
      offsets.push(...slots);
      rows += 1;
      at = after;
    }
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
  }
  return { rows, offsets, end: at };
}

describe('the row scanner', () => {
  const scanner = new RowScanner();

  test('takes all rows in the usual layout, with the bounds that the TypeScript finds', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 6 })
          .chain((width) => fc.tuple(fc.constant(width), fc.array(row(width, cell), { maxLength: 20 }))),
        fc.nat(40),
        ([width, rows], cut) => {
          const whole = Buffer.from(rows.join(','));
          const bytes = whole.subarray(0, Math.max(0, whole.length - cut));
          const scanned = scanner.scan(bytes, 0, bytes.length, {
            width,
            maxRows: 15,
            base: 0,
            wantsRow: true,
          });
          const wanted = expected(bytes, width, 15);
          assert.equal(scanned?.rows, wanted.rows);
          assert.deepEqual([...(scanned?.offsets ?? [])], wanted.offsets);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('never takes a row that the TypeScript refuses, or another number of rows than come before it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(row(3, cell), row(3, fc.oneof(cell, broken)), broken), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.constantFrom(',', ', ', ',,', ''),
        (rows, separator) => {
          const bytes = Buffer.from(rows.join(separator));
          const scanned = scanner.scan(bytes, 0, bytes.length, {
            width: 3,
            maxRows: 100,
            base: 0,
            wantsRow: true,
          });
          const wanted = expected(bytes, 3, 100);
          const taken = scanned?.rows ?? 0;
          assert.ok(taken <= wanted.rows, `${taken} rows of ${wanted.rows}`);
          assert.deepEqual([...(scanned?.offsets ?? [])], wanted.offsets.slice(0, taken * 6));
        },
      ),
      { numRuns: 3000 },
    );
  });

  test('goes on behind a comma, from any place, relative to any base', () => {
    const bytes = Buffer.from('xx,[1,"a"],[2,"b"],');
    const first = scanner.scan(bytes, 2, bytes.length, {
      width: 2,
      maxRows: 9,
      base: undefined,
      wantsRow: false,
    });
    assert.deepEqual([first?.rows, first?.end, first?.expectsRow], [2, bytes.length, true]);
    assert.deepEqual([...(first?.offsets ?? [])], [1, 2, 3, 6, 9, 10, 11, 14]);
    const second = scanner.scan(bytes, 3, bytes.length, { width: 2, maxRows: 1, base: 3, wantsRow: true });
    assert.deepEqual([second?.rows, second?.end, second?.expectsRow], [1, 10, false]);
  });

  test('leaves huge stretches, and results without columns, to others', () => {
    const options = { width: 1, maxRows: 10, base: 0, wantsRow: true };
    const huge = Buffer.alloc(2 * 1024 * 1024, '[1],');
    assert.equal(scanner.scan(huge, 0, huge.length, options), undefined);
    assert.equal(scanner.scan(huge, 0, 100, { ...options, width: 0 }), undefined);
  });
});
