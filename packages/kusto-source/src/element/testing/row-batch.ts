import type { KustoColumn, RowBatch } from '@drasi-kusto/kusto-client';

/** A batch as the client makes it, from the JSON tokens of its cells: text, or bytes where text cannot say it. */
export function rowBatch(
  columns: readonly KustoColumn[],
  rows: readonly (readonly (string | Uint8Array)[])[],
): RowBatch {
  const parts: Uint8Array[] = [];
  const offsets: number[] = [];
  let at = 0;
  const push = (part: string | Uint8Array): void => {
    const bytes = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
    parts.push(bytes);
    at += bytes.length;
  };
  for (const row of rows) {
    if (row.length !== columns.length)
      throw new RangeError('a row has another number of cells than there are columns');
    push('[');
    for (const cell of row) {
      offsets.push(at);
      push(cell);
      offsets.push(at);
      push(',');
    }
    push(']\n');
  }
  return { columns, rowCount: rows.length, bytes: Buffer.concat(parts), offsets: Uint32Array.from(offsets) };
}
