import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { KustoColumn, KustoType, RowBatch } from '@drasi-kusto/kusto-client';
import * as fc from 'fast-check';
import { ElementEncoder, type ElementEncoderOptions } from './element-encoder.ts';
import { elementId } from './element-id.ts';
import { cellToken, columnName, kustoTypes } from './testing/arbitraries.ts';
import { expectedElement, parseExactly } from './testing/reference.ts';
import { rowBatch } from './testing/row-batch.ts';

const NOW = 1_700_000_000_000_000_000n;

function encoder(
  columns: readonly KustoColumn[],
  options: Partial<ElementEncoderOptions> = {},
): ElementEncoder {
  return new ElementEncoder({
    label: 'Device',
    key: [columns[0]?.name ?? ''],
    columns,
    omit: [],
    now: () => NOW,
    ...options,
  });
}

function column(name: string, type: KustoType): KustoColumn {
  return { name, type };
}

/** The lines of a batch, after the checks that hold for every batch. */
function linesOf(encoder: ElementEncoder, batch: RowBatch): string[] {
  const { ndjson, count } = encoder.encodeElements(batch);
  assert.equal(count, batch.rowCount);
  for (const byte of ndjson)
    assert.ok(byte === 0x0a || (byte >= 0x20 && byte < 0x80), `byte ${byte} in the NDJSON`);
  const lines = Buffer.from(ndjson).toString('latin1').split('\n');
  assert.equal(lines.pop(), '', 'the last line has an end');
  assert.equal(lines.length, batch.rowCount);
  return lines;
}

function schemaError(message: RegExp): {
  readonly name: string;
  readonly code: string;
  readonly message: RegExp;
} {
  return { name: 'KustoSourceError', code: 'SCHEMA', message };
}

describe('against the reference', () => {
  /** Columns with names of their own, rows of tokens, and which columns are the key. */
  const table = fc
    .uniqueArray(fc.record({ name: columnName, type: fc.constantFrom(...kustoTypes) }), {
      selector: ({ name }) => name.toWellFormed(),
      minLength: 1,
      maxLength: 6,
    })
    .chain((columns) =>
      fc.record({
        columns: fc.constant([...columns, column('last', 'long')]),
        rows: fc.array(fc.tuple(...columns.map(({ type }) => cellToken(type)), cellToken('long')), {
          maxLength: 4,
        }),
        key: fc.shuffledSubarray(
          [
            ...columns.filter(({ type, name }) => type !== 'dynamic' && name !== 'last'),
            column('last', 'long'),
          ].map(({ name }) => name),
          { minLength: 1 },
        ),
        label: columnName,
      }),
    )
    .filter(({ columns }) => new Set(columns.map(({ name }) => name)).size === columns.length);

  test('elements are those of the slow encoder, in ASCII, a line each', () => {
    fc.assert(
      fc.property(table, ({ columns, rows, key, label }) => {
        const batch = rowBatch(columns, rows);
        const lines = linesOf(encoder(columns, { key, label }), batch);
        const expected = rows.map((tokens) => expectedElement(label, key, columns, tokens));
        assert.deepEqual(lines.map(parseExactly), expected);
      }),
      { numRuns: 1500 },
    );
  });

  test('changes hold the same elements, each in bytes of its own', () => {
    fc.assert(
      fc.property(table, ({ columns, rows, key, label }) => {
        const made = encoder(columns, { key, label });
        const batch = rowBatch(columns, rows);
        const lines = linesOf(made, batch);
        const changes = made.encodeChanges(batch);
        made.encodeElements(batch);
        assert.deepEqual(
          changes.map(({ element }) => Buffer.from(element).toString('latin1')),
          lines,
        );
        assert.ok(
          changes.every(
            ({ op, table, timestampNs }) => op === 'u' && table === 'node' && timestampNs === NOW,
          ),
        );
      }),
      { numRuns: 200 },
    );
  });

  test('batch after batch through one encoder gives what a fresh encoder gives', () => {
    const columns = [column('k', 'string'), column('v', 'dynamic')];
    const row = fc.tuple(cellToken('string'), cellToken('dynamic'));
    fc.assert(
      fc.property(fc.array(fc.array(row, { maxLength: 3 }), { maxLength: 4 }), (batches) => {
        const reused = encoder(columns);
        for (const rows of batches) {
          const batch = rowBatch(columns, rows);
          assert.deepEqual(linesOf(reused, batch), linesOf(encoder(columns), batch));
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('an element', () => {
  test('has id, label and the columns in order, the key included', () => {
    const columns = [column('b', 'string'), column('a', 'long'), column('2', 'real')];
    const [line] = linesOf(encoder(columns, { key: ['a', 'b'] }), rowBatch(columns, [['"x,y"', '7', '5']]));
    assert.equal(line, '{"id":"Device:7,x%2Cy","labels":["Device"],"properties":{"b":"x,y","a":7,"2":5.0}}');
  });

  test('leaves omitted columns out, wherever they are', () => {
    const columns = [column('_h', 'long'), column('a', 'long'), column('_t', 'datetime')];
    const made = encoder(columns, { key: ['a'], omit: ['_h', '_t', 'absent'] });
    const [line] = linesOf(made, rowBatch(columns, [['1', '2', 'null']]));
    assert.equal(line, '{"id":"Device:2","labels":["Device"],"properties":{"a":2}}');
    const none = encoder(columns, { key: ['a'], omit: ['_h', 'a', '_t'] });
    assert.match(linesOf(none, rowBatch(columns, [['1', '2', 'null']]))[0] as string, /"properties":\{\}\}$/);
  });

  test('has the properties that are null for all, before or without those of columns (R20)', () => {
    const columns = [column('k', 'long'), column('v', 'string')];
    const row = ['1', '"x"'];
    const nulls = ['gone', 'v', 'na"me\u00e9', 'gone', 'h'];
    // Enough rows for the kernel, then one for the writer alone.
    for (const count of [20, 1]) {
      const batch = rowBatch(
        columns,
        Array.from({ length: count }, () => row),
      );
      const lines = linesOf(encoder(columns, { nulls }), batch);
      const properties = String.raw`{"gone":null,"na\"me\u00e9":null,"h":null,"k":1,"v":"x"}`;
      const expected = `{"id":"Device:1","labels":["Device"],"properties":${properties}}`;
      assert.deepEqual(lines, Array<string>(count).fill(expected));
      const bare = linesOf(encoder(columns, { nulls: ['gone'], omit: ['k', 'v'] }), batch);
      assert.ok(bare.every((line) => line.endsWith('"properties":{"gone":null}}')));
      const hidden = linesOf(encoder(columns, { nulls: ['v'], omit: ['v'] }), batch);
      assert.ok(hidden.every((line) => line.endsWith('"properties":{"v":null,"k":1}}')));
    }
  });

  test('has one id however the service writes its key', () => {
    const spellings: [KustoType, string, string, string][] = [
      ['string', '"é"', '"\\u00E9"', elementId('Device', ['é'])],
      ['string', '"a/b"', '"\\u0061\\/b"', elementId('Device', ['a/b'])],
      ['string', '"😀"', '"\\ud83d\\uDE00"', elementId('Device', ['😀'])],
      ['string', '":"', '"\\u003a"', elementId('Device', [':'])],
      ['decimal', '1.50', '"1.50"', 'Device:1.50'],
      ['bool', '1', 'true', 'Device:true'],
      ['long', '5', '"5"', 'Device:5'],
    ];
    for (const [type, one, other, id] of spellings) {
      const columns = [column('k', type)];
      const lines = linesOf(encoder(columns), rowBatch(columns, [[one], [other]]));
      assert.deepEqual(
        lines.map((line) => (JSON.parse(line) as { id: string }).id),
        [id, id],
      );
    }
  });

  test('has one id to the byte, and room for the longest', () => {
    const columns = [column('k', 'string')];
    const long = ','.repeat(50_000);
    const tokens = ['"\u007f"', '"\\u007f"', '"\\u0022é"', '"\\"\\u00e9"', JSON.stringify(long)];
    const lines = linesOf(
      encoder(columns),
      rowBatch(
        columns,
        tokens.map((token) => [token]),
      ),
    );
    const heads = lines.map((line) => line.slice(0, line.indexOf(',"labels"')));
    assert.equal(heads[0], String.raw`{"id":"Device:\u007f"`);
    assert.equal(heads[1], heads[0]);
    assert.equal(heads[2], String.raw`{"id":"Device:\"\u00e9"`);
    assert.equal(heads[3], heads[2]);
    assert.equal(heads[4], `{"id":"Device:${'%2C'.repeat(long.length)}"`);
  });

  test('tells null, the empty string and a real that is no number apart', () => {
    const ids = (type: KustoType, tokens: string[]): string[] => {
      const columns = [column('k', type)];
      return linesOf(
        encoder(columns),
        rowBatch(
          columns,
          tokens.map((token) => [token]),
        ),
      ).map((line) => (JSON.parse(line) as { id: string }).id);
    };
    assert.deepEqual(ids('string', ['null', '""', '"%00"', '"null"']), [
      'Device:%00',
      'Device:',
      'Device:%2500',
      'Device:null',
    ]);
    assert.deepEqual(ids('real', ['null', '"NaN"', '"-Infinity"', '5']), [
      'Device:%00',
      'Device:NaN',
      'Device:-Infinity',
      'Device:5.0',
    ]);
  });

  test('keeps names and labels that need escapes', () => {
    const columns = [column('a "quoted"\\ é\n', 'long')];
    const [line] = linesOf(encoder(columns, { label: 'Gerät:"1"' }), rowBatch(columns, [['1']]));
    assert.equal(
      line,
      '{"id":"Ger\\u00e4t%3A\\"1\\":1","labels":["Ger\\u00e4t:\\"1\\""],"properties":{"a \\"quoted\\"\\\\ \\u00e9\\n":1}}',
    );
  });
});

describe('timestamps of changes', () => {
  const columns = [column('k', 'long'), column('at', 'datetime')];
  const at = (
    token: string,
    made = encoder(columns, { timestampColumn: 'at', omit: ['at'] }),
  ): bigint | undefined => made.encodeChanges(rowBatch(columns, [['1', token]]))[0]?.timestampNs;

  test('are exact to 100 ns', () => {
    assert.equal(at('"2020-03-04T14:05:01.3109965Z"'), 1_583_330_701_310_996_500n);
    assert.equal(at('"2020-03-04T14:05:01Z"'), 1_583_330_701_000_000_000n);
    assert.equal(at('"1970-01-01T00:00:00Z"'), 0n);
  });

  test('fall back to now for null and for what an unsigned 64-bit wire cannot carry', () => {
    for (const token of [
      'null',
      '"1969-12-31T23:59:59.9999999Z"',
      '"0001-01-01T00:00:00Z"',
      '"9999-12-31T23:59:59Z"',
    ])
      assert.equal(at(token), NOW, token);
  });

  test('ask for now at most once a batch', () => {
    let asked = 0;
    const made = encoder(columns, { timestampColumn: 'at', now: () => BigInt(++asked) });
    const changes = made.encodeChanges(
      rowBatch(columns, [
        ['1', 'null'],
        ['2', '"2020-01-01T00:00:00Z"'],
        ['3', 'null'],
      ]),
    );
    assert.deepEqual(
      changes.map(({ timestampNs }) => timestampNs),
      [1n, 1_577_836_800_000_000_000n, 1n],
    );
    made.encodeChanges(rowBatch(columns, [['2', '"2020-01-01T00:00:00Z"']]));
    assert.equal(asked, 1);
  });

  test('refuse what is no datetime', () => {
    const badCell = { name: 'KustoError', code: 'KUSTO_BAD_CELL', message: /"at" has "yesterday"/ };
    assert.throws(() => at('"yesterday"'), badCell);
  });
});

describe('columns that cannot serve', () => {
  const columns = [column('DeviceId', 'string'), column('Bag', 'dynamic')];

  test('a missing key column is named, with the nearest', () => {
    assert.throws(
      () => encoder(columns, { key: ['deviceid'] }),
      schemaError(
        /key column "deviceid" is not in the result, which has DeviceId, Bag .*did you mean DeviceId\?/,
      ),
    );
  });

  test('at most 20 columns are listed', () => {
    const many = Array.from({ length: 500 }, (_, i) => column(`c${i}_`, 'long'));
    assert.throws(() => encoder(many, { key: ['zzzzzzzz'] }), schemaError(/ c19_ and 480 more /));
  });

  test('a dynamic key, no key, and two columns of one name are refused', () => {
    assert.throws(() => encoder(columns, { key: ['Bag'] }), schemaError(/key column "Bag" is dynamic/));
    assert.throws(() => encoder(columns, { key: [] }), schemaError(/no key column/));
    assert.throws(() => encoder([...columns, column('Bag', 'long')]), schemaError(/two columns named "Bag"/));
  });

  test('a timestamp column has to be there and a datetime', () => {
    assert.throws(
      () => encoder(columns, { timestampColumn: 'at' }),
      schemaError(/timestamp column "at" is not in/),
    );
    assert.throws(
      () => encoder(columns, { timestampColumn: 'DeviceId' }),
      schemaError(/is of type string, not datetime/),
    );
  });

  test('a batch with other columns is refused, one with equal columns is not', () => {
    const made = encoder(columns);
    const equal = columns.map(({ name, type }) => column(name, type));
    assert.equal(made.encodeElements(rowBatch(equal, [['"a"', '{}']])).count, 1);
    for (const other of [
      [...columns].reverse(),
      columns.slice(1),
      [column('DeviceId', 'guid'), column('Bag', 'dynamic')],
    ])
      assert.throws(
        () => made.encodeElements(rowBatch(other, [])),
        schemaError(/columns of the result changed/),
      );
    assert.throws(
      () => made.encodeChanges(rowBatch([...columns, column('New', 'long')], [])),
      schemaError(/New:long/),
    );
  });

  test('a cell of the wrong type is an error, and the next batch starts clean', () => {
    const longs = [column('n', 'long')];
    const made = encoder(longs);
    assert.throws(() => made.encodeElements(rowBatch(longs, [['1'], ['1.5']])), {
      code: 'KUSTO_BAD_CELL',
      message: /"n"/,
    });
    assert.equal(
      linesOf(made, rowBatch(longs, [['2']]))[0],
      '{"id":"Device:2","labels":["Device"],"properties":{"n":2}}',
    );
  });
});
