// Rows at the edges of what Kusto can hold, through a whole bootstrap: passed on exactly, or refused with a clear error.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v2Body, type Column } from '../../kusto-client/src/testing/bodies.ts';
import { FakeKusto } from '../../kusto-client/src/testing/fake-kusto.ts';
import { parseEntity } from '../src/config/config.ts';
import { SourceReader } from '../src/query/source-reader.ts';
import { bootstrapElements } from '../src/snapshot/bootstrap.ts';
import { SlicePermits } from '../src/snapshot/slice-permits.ts';

interface Element {
  readonly id: string;
  readonly properties: Record<string, unknown>;
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const megabyte = 1024 * 1024;

/** The elements of a bootstrap over an endpoint that answers with these rows, and the largest piece they came in. */
async function bootstrap(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): Promise<readonly Element[]> {
  await using kusto = await FakeKusto.start();
  const body = (names: readonly Column[], tokens: readonly (readonly string[])[]): { body: string } => ({
    body: v2Body({ columns: names, rows: tokens }),
  });
  const position: readonly Column[] = [
    ['Cursor', 'string'],
    ['Now', 'datetime'],
  ];
  const count: readonly Column[] = [
    ['Rows', 'long'],
    ['Most', 'long'],
  ];
  kusto.answer(
    body(position, [['"5"', '"2026-01-01T00:00:00.0000000Z"']]),
    body(columns, []),
    body(count, [[String(rows.length), '1']]),
    body(
      [...columns, ['__drasi_ingested', 'datetime']],
      rows.map((row) => [...row, '"2026-01-01T00:00:00.0000001Z"']),
    ),
  );
  const config = parseEntity('storms', {
    KUSTO_URI: kusto.uri,
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'T',
    PRIMARY_KEY: 'k',
  });
  await using reader = new SourceReader({ config, logger: quiet, env: {}, retry: { maxAttempts: 1 } });
  const permits = new SlicePermits(1);
  const parts: Buffer[] = [];
  for await (const { ndjson } of bootstrapElements(
    { reader, config, logger: quiet },
    permits,
    new AbortController().signal,
  ))
    parts.push(Buffer.from(ndjson));
  return Buffer.concat(parts)
    .toString('latin1')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Element);
}

describe('unusual rows', () => {
  it('of 20 MB are passed on', async () => {
    const text = 'a long text, '.repeat((20 * megabyte) / 13);
    const [element, next] = await bootstrap(
      [
        ['k', 'long'],
        ['text', 'string'],
      ],
      [
        ['1', JSON.stringify(text)],
        ['2', '"short"'],
      ],
    );
    assert.ok(element?.properties['text'] === text, 'the text as it was');
    assert.equal(next?.properties['text'], 'short');
  });

  it('beyond the limit of a row are refused by name and size', async () => {
    await assert.rejects(bootstrap([['k', 'string']], [[`"${'x'.repeat(70 * megabyte)}"`]]), {
      code: 'KUSTO_ROW_TOO_LARGE',
      message: /larger than 67108864 bytes/,
    });
  });

  it('with quotes, unicode and the names of object members as column names keep them', async () => {
    const names = ['a"b', "it's", 'back\\slash', 'Größe', '東京', '😀', '__proto__', 'constructor', ' '];
    const [element] = await bootstrap(
      [['k', 'long'], ...names.map((name): Column => [name, 'string'])],
      [['1', ...names.map((name) => JSON.stringify(`of ${name}`))]],
    );
    assert.deepEqual(Object.entries(element?.properties ?? {}), [
      ['k', 1],
      ...names.map((name) => [name, `of ${name}`]),
    ]);
  });

  it('of 1,000 columns have 1,000 properties', async () => {
    const names = Array.from({ length: 999 }, (_, index) => `column ${index}`);
    const rows = Array.from({ length: 50 }, (_, row) => [
      String(row),
      ...names.map((_name, index) => String(row * 1000 + index)),
    ]);
    const elements = await bootstrap([['k', 'long'], ...names.map((name): Column => [name, 'long'])], rows);
    assert.equal(elements.length, 50);
    assert.equal(Object.keys(elements[49]?.properties ?? {}).length, 1000);
    assert.equal(elements[49]?.properties['column 998'], 49_998);
  });

  it('nested 200 deep are sent as text, which Drasi can read; 600 deep they are refused', async () => {
    const nested = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`;
    const columns: readonly Column[] = [
      ['k', 'long'],
      ['bag', 'dynamic'],
    ];
    const [shallow, deep] = await bootstrap(columns, [
      ['1', nested(50)],
      ['2', nested(200)],
    ]);
    assert.equal(JSON.stringify(shallow?.properties['bag']), nested(50));
    assert.equal(deep?.properties['bag'], nested(200));
    await assert.rejects(bootstrap(columns, [['1', nested(600)]]), { code: 'KUSTO_NESTING' });
  });
});
