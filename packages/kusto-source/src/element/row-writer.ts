import type { RowBatch } from '@drasi-kusto/kusto-client';
import { cellTransform, type CellSource, type CellTransform } from './cell-transforms.ts';
import { keyWriter, type KeyWriter } from './key-writer.ts';
import type { OutputBuffer } from './output-buffer.ts';
import type { RowPlan } from './row-plan.ts';

interface KeyCell {
  readonly ordinal: number;
  readonly write: KeyWriter;
}

interface PropertyCell {
  readonly ordinal: number;
  readonly prefix: Buffer;
  readonly write: CellTransform;
}

const COMMA = 0x2c;
const OBJECT_ENDS = Buffer.from('}}', 'latin1');

/** Where the id of a row that was written stands in the output. */
export interface WrittenId {
  from: number;
  to: number;
}

/** Writes single rows as elements, whatever their cells are. */
export class RowWriter {
  readonly #plan: RowPlan;
  readonly #keys: readonly KeyCell[];
  readonly #properties: readonly PropertyCell[];
  /** Of the last row. */
  readonly id: WrittenId = { from: 0, to: 0 };

  constructor(plan: RowPlan) {
    this.#plan = plan;
    this.#keys = plan.keys.map(({ ordinal, column }) => ({ ordinal, write: keyWriter(column) }));
    this.#properties = plan.properties.map(({ ordinal, column, prefix }) => ({
      ordinal,
      prefix,
      write: cellTransform(column),
    }));
  }

  /** @throws KustoError KUSTO_BAD_CELL for a cell that its column's type does not have */
  write(batch: RowBatch, source: CellSource, row: number, out: OutputBuffer): void {
    const { offsets } = batch;
    const slot = 2 * row * this.#plan.columns.length;
    out.appendAll(this.#plan.head);
    this.id.from = out.at;
    const keys = this.#keys;
    for (let i = 0; i < keys.length; i++) {
      const { ordinal, write } = keys[i] as KeyCell;
      if (i > 0) out.appendByte(COMMA);
      write(source, offsets[slot + 2 * ordinal] as number, offsets[slot + 2 * ordinal + 1] as number, out);
    }
    this.id.to = out.at;
    out.appendAll(this.#plan.afterId);
    const properties = this.#properties;
    for (let i = 0; i < properties.length; i++) {
      const { ordinal, prefix, write } = properties[i] as PropertyCell;
      out.appendAll(prefix);
      write(source, offsets[slot + 2 * ordinal] as number, offsets[slot + 2 * ordinal + 1] as number, out);
    }
    out.appendAll(OBJECT_ENDS);
  }
}
