// Slices by the hash of keys of every type, nulls and several columns: together they are the whole table, each id once.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { parseEntity } from '../src/config/config.ts';
import { SourceReader } from '../src/query/source-reader.ts';
import { bootstrapElements } from '../src/snapshot/bootstrap.ts';
import { SlicePermits } from '../src/snapshot/slice-permits.ts';

const database = 'NetDefaultDB';
const rows = 600;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };

/** Of each type an expression that is another value for each number `i`, and null (of strings: empty) where `i` is 0. */
const keys: Readonly<Record<string, string>> = {
  Long: 'iff(i == 0, long(null), 9223372036854775000 - i)',
  Int: 'iff(i == 0, int(null), toint(i - 300))',
  Real: 'iff(i == 0, real(null), i / 7.0 - 40)',
  Decimal: 'iff(i == 0, decimal(null), todecimal(strcat(i, ".50")))',
  Text: "iff(i == 0, '', strcat('ключ: 100 %, \"', i, '\"'))",
  Guid: "iff(i == 0, guid(null), toguid(strcat('00000000-0000-4000-8000-', substring(tostring(100000000000 + i), 0, 12))))",
  Datetime: 'iff(i == 0, datetime(null), datetime(2024-02-29) + i * 1tick)',
  Timespan: 'iff(i == 0, timespan(null), (i - 300) * 1.5h)',
};
describe('slices by key', () => {
  let kusto: KustoLocal;
  before(async () => {
    kusto = await startKustoLocal({});
    const columns = Object.entries(keys).map(([name, value]) => `${name} = ${value}`);
    await kusto.execute(
      database,
      `.set T <| range i from 0 to ${rows - 1} step 1 | project i, Odd = i % 2 == 1, ${columns.join(', ')}, ['Key no. 1'] = strcat('q', i)`,
    );
  });
  after(() => kusto.close());

  /** The elements of a bootstrap in slices of about so many rows, sorted, and how many slices there were. */
  async function bootstrap(
    key: string,
    sliceRows: number,
    query = 'T',
  ): Promise<{ readonly lines: readonly string[]; readonly slices: number }> {
    const config = parseEntity('storms', {
      KUSTO_URI: kusto.url,
      KUSTO_DATABASE: database,
      KUSTO_TABLE: 'T',
      KUSTO_QUERY: query,
      PRIMARY_KEY: key,
      SLICE_ROWS: String(sliceRows),
    });
    await using reader = new SourceReader({ config, logger: quiet, env: {} });
    let slices = 0;
    const onProgress = (progress: { readonly slices: number }): void => void ({ slices } = progress);
    const source = { reader, config, logger: quiet, onProgress };
    const lines: string[] = [];
    for await (const { ndjson } of bootstrapElements(
      source,
      new SlicePermits(2),
      new AbortController().signal,
    ))
      lines.push(...Buffer.from(ndjson).toString('latin1').trimEnd().split('\n'));
    return { lines: lines.sort(), slices };
  }

  async function assertSameInSlices(key: string, elements: number, query?: string): Promise<void> {
    const whole = await bootstrap(key, 500_000, query);
    const cut = await bootstrap(key, 100, query);
    assert.equal(whole.slices, 1);
    assert.ok(cut.slices >= 6, `${cut.slices} slices`);
    const ids = new Set(cut.lines.map((line) => (JSON.parse(line) as { id: string }).id));
    assert.equal(ids.size, elements, 'ids');
    assert.equal(cut.lines.length, elements, 'elements');
    assert.ok(cut.lines.join('\n') === whole.lines.join('\n'), 'the same elements');
  }

  for (const key of Object.keys(keys))
    it(`of type ${key}, one of them null`, () => assertSameInSlices(key, rows));

  it('of several columns, of which any may be null', () =>
    assertSameInSlices('Odd,Text,Real,Datetime,Guid', rows));

  it('of which most are null, in every column', () =>
    assertSameInSlices(
      'Long,Int',
      3,
      'T | extend Long = iff(i > 2, long(null), Long), Int = iff(i > 2, int(null), Int)',
    ));

  it('of two values only', () => assertSameInSlices('Odd', 2));

  it('whose name needs quotes', () => assertSameInSlices('Key no. 1', rows));

  it('whose name needs quotes and escapes', () =>
    assertSameInSlices(`it's "k" ü\\`, rows, `T | extend ['it\\'s "k" ü\\\\'] = i`));

  it('that are all there is', () => assertSameInSlices('Text', rows, 'T | project Text'));

  it('that the query makes', () =>
    assertSameInSlices(
      'k',
      rows / 2,
      'let half = (n: long) { n / 2 };\nT | extend k = strcat("a", half(i)) // newest of two',
    ));
});
