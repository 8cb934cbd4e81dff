/** Small tables at random, for tests that compare with an evaluation of their own. Cells are texts as the harness writes them. */
import type { Arbitrary } from 'fast-check';
import { array, constantFrom, tuple } from 'fast-check';
import type { Column, KustoType } from '../../types.ts';

export interface SmallTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/** For each type: how cells are written in KQL, and as the harness gives them. */
const cells: Readonly<Partial<Record<KustoType, Readonly<Record<string, string>>>>> = {
  bool: { true: 'true', false: 'false', null: 'bool(null)' },
  datetime: {
    '2024-01-01T00:00:00.0000000Z': 'datetime(2024-01-01)',
    '2024-01-01T00:00:00.0000001Z': 'datetime(2024-01-01T00:00:00.0000001Z)',
    null: 'datetime(null)',
  },
  guid: {
    '01234567-89ab-cdef-0123-456789abcdef': 'guid(01234567-89AB-CDEF-0123-456789abcdef)',
    null: 'guid(null)',
  },
  int: { 0: 'int(0)', 1: 'int(1)', null: 'int(null)' },
  long: { 0: '0', 1: '1', 2: '2', null: 'long(null)' },
  real: { 0: '0.0', 1.5: '1.5', NaN: 'real(nan)', null: 'real(null)' },
  string: { "''": '""', "'a'": '"a"', "'A'": '"A"' },
  timespan: { '01:00:00': '1h', null: 'timespan(null)' },
};

export const cellTypes = Object.keys(cells) as readonly KustoType[];

export function cell(type: KustoType): Arbitrary<string> {
  return constantFrom(...Object.keys(cells[type] ?? {}));
}

export function rowsOf(
  columns: readonly Column[],
  maxLength: number,
): Arbitrary<readonly (readonly string[])[]> {
  return array(tuple(...columns.map((column) => cell(column.type))), { maxLength });
}

/** The table as a `datatable`. */
export function tableText(table: SmallTable): string {
  const schema = table.columns.map((column) => `${column.name}: ${column.type}`).join(', ');
  const values = table.rows.flatMap((row) =>
    row.map((text, at) => cells[table.columns[at]?.type ?? 'long']?.[text] ?? ''),
  );
  return `datatable(${schema})[${values.join(', ')}]`;
}

/** What a cell is where there is no row. */
export function missingCell(type: KustoType): string {
  return type === 'string' ? "''" : 'null';
}

/** Texts of rows, as a bag: sorted. */
export function sortedRows(rows: readonly (readonly string[])[]): readonly string[] {
  return rows.map((row) => row.join(' | ')).sort();
}
