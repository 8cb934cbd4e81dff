/**
 * Random chains of operators over random rows, each answer compared with an evaluation of our own in plain TypeScript
 * (`reference-evaluation/`). `KQL_CHAINS` runs more of them, `TEST_SEED` others.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { DuckDBValue } from '@duckdb/node-api';
import { supportedFunctions, supportedOperators } from '../src/kql/support.ts';
import type { Harness } from '../src/kql/testing/harness.ts';
import { createHarness } from '../src/kql/testing/harness.ts';
import { testSeed } from '../src/testing/fixed-seed.ts';
import type { Cell, Column, Json, Table } from './reference-evaluation/cells.ts';
import { cellText } from './reference-evaluation/cells.ts';
import { randomChain } from './reference-evaluation/chain.ts';
import type { Named } from './reference-evaluation/place.ts';
import { Random } from './reference-evaluation/random.ts';
import { cellSql, randomTable } from './reference-evaluation/table-data.ts';

const chains = Number(process.env['KQL_CHAINS'] ?? 300);
const firstSeed = testSeed;
const perDatabase = 30;

async function database(tables: readonly Named[]): Promise<Harness> {
  return await createHarness(
    tables.map(({ name, table }) => ({
      name,
      columns: table.columns,
      rows: table.rows.map(
        (row, index) => `(${[...row.map(cellSql), `${index}`, `${index}`, `'${name}'`].join(', ')})`,
      ),
    })),
  );
}

function fromEngine(value: DuckDBValue | undefined, column: Column): Cell {
  if (value === null || value === undefined) return null;
  const text = value.toString();
  switch (column.type) {
    case 'bool':
      return value === true;
    case 'real':
      return Number(value);
    case 'string':
      return text;
    case 'dynamic':
      return { json: JSON.parse(text) as Json };
    default:
      return BigInt(text);
  }
}

function texts(table: Table): readonly string[] {
  const lines = table.rows.map((row) =>
    row.map((cell, index) => cellText(cell, table.columns[index]?.unordered === true)).join(' | '),
  );
  return table.ordered ? lines : lines.toSorted();
}

interface Difference {
  readonly seed: number;
  readonly text: string;
  readonly problem: string;
}

async function compare(harness: Harness, text: string, expected: Table): Promise<string | undefined> {
  const compilation = harness.compile(text);
  const [result] = compilation.results;
  if (result === undefined) return 'no result';
  const types = result.columns.map((column) => `${column.name}:${column.type}`);
  const wanted = expected.columns.map((column) => `${column.name}:${column.type}`);
  if (types.join() !== wanted.join()) return `columns ${types.join()} instead of ${wanted.join()}`;
  const reader = await harness.connection.runAndReadAll(result.sql);
  const rows = reader
    .getRows()
    .map((row) => expected.columns.map((column, index) => fromEngine(row[index], column)));
  const [got, want] = [texts({ ...expected, rows }), texts(expected)];
  const at = want.findIndex((line, index) => line !== got[index]);
  if (at < 0 && got.length === want.length) return undefined;
  return `${got.length} rows instead of ${want.length}; first difference:\n  got  ${got[at]}\n  want ${want[at]}`;
}

describe('random chains', () => {
  it('answer what an independent evaluation does', async (context) => {
    const supported = new Set([...supportedOperators, ...supportedFunctions]);
    const differences: Difference[] = [];
    const counts = { compared: 0, open: 0, overflow: 0 };
    for (let start = 0; start < chains && differences.length < 20; start += perDatabase) {
      const data = new Random(firstSeed + start);
      const tables = ['A', 'B'].map((name) => ({ name, table: randomTable(data, name.toLowerCase()) }));
      const harness = await database(tables);
      try {
        for (let seed = firstSeed + start; seed < firstSeed + start + perDatabase; seed += 1) {
          const chain = randomChain(new Random(seed * 7919), tables, supported);
          if (chain === undefined) {
            counts.open += 1;
            continue;
          }
          let problem: string | undefined;
          try {
            problem = await compare(harness, chain.text, chain.expected);
          } catch (error) {
            problem = error instanceof Error ? error.message : String(error);
            // DuckDB may compute what a filter behind it drops.
            if (/overflow|out of range/i.test(problem)) {
              counts.overflow += 1;
              continue;
            }
          }
          counts.compared += 1;
          if (problem !== undefined) differences.push({ seed, text: chain.text, problem });
        }
      } finally {
        harness.close();
      }
    }
    context.diagnostic(`first seed ${firstSeed}: ${JSON.stringify(counts)}`);
    assert.equal(
      differences.length,
      0,
      differences.map(({ seed, text, problem }) => `seed ${seed}\n${text}\n-> ${problem}`).join('\n\n'),
    );
    assert.ok(counts.compared > chains * 0.5, JSON.stringify(counts));
  });
});
