import type { RowBatch } from '@drasi-kusto/kusto-client';
import { cellTransform, type CellSource, type CellTransform } from './cell-transforms.ts';
import { keyWriter, type KeyWriter } from './key-writer.ts';
import type { OutputBuffer } from './output-buffer.ts';
import type { PlannedCell, RowPlan } from './row-plan.ts';

interface KeyCell {
  readonly ordinal: number;
  readonly prefix: Buffer;
  readonly write: KeyWriter;
}

interface PropertyCell {
  readonly ordinal: number;
  readonly prefix: Buffer;
  readonly write: CellTransform;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const SMALL_N = 0x6e;
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
  readonly #ends: readonly KeyCell[];
  readonly #properties: readonly PropertyCell[];
  /** Of the last row. */
  readonly id: WrittenId = { from: 0, to: 0 };

  constructor(plan: RowPlan) {
    this.#plan = plan;
    const keyCell = ({ ordinal, column, prefix }: PlannedCell): KeyCell => ({
      ordinal,
      prefix,
      write: keyWriter(column),
    });
    this.#keys = plan.keys.map(keyCell);
    this.#ends = plan.ends.map(keyCell);
    this.#properties = plan.properties.map(({ ordinal, column, prefix }) => ({
      ordinal,
      prefix,
      write: cellTransform(column),
    }));
  }

  /**
   * False, and nothing written, for a dangling relation: an end of it is missing.
   * @throws KustoError KUSTO_BAD_CELL for a cell that its column's type does not have
   */
  write(batch: RowBatch, source: CellSource, row: number, out: OutputBuffer): boolean {
    const { offsets } = batch;
    const slot = 2 * row * this.#plan.columns.length;
    const ends = this.#ends;
    for (let i = 0; i < ends.length; i++) {
      const { ordinal } = ends[i] as KeyCell;
      const from = offsets[slot + 2 * ordinal] as number;
      if (isMissing(source.bytes, from, offsets[slot + 2 * ordinal + 1] as number)) return false;
    }
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
    for (let i = 0; i < ends.length; i++) {
      const { ordinal, prefix, write } = ends[i] as KeyCell;
      out.appendAll(prefix);
      write(source, offsets[slot + 2 * ordinal] as number, offsets[slot + 2 * ordinal + 1] as number, out);
    }
    out.appendAll(this.#plan.afterEnds);
    const properties = this.#properties;
    for (let i = 0; i < properties.length; i++) {
      const { ordinal, prefix, write } = properties[i] as PropertyCell;
      out.appendAll(prefix);
      write(source, offsets[slot + 2 * ordinal] as number, offsets[slot + 2 * ordinal + 1] as number, out);
    }
    out.appendAll(OBJECT_ENDS);
    return true;
  }
}

/** Null, or the empty string, which is Kusto's null of a string. `query/relation-query.ts` says the same in KQL. */
function isMissing(bytes: Buffer, from: number, to: number): boolean {
  return bytes[from] === SMALL_N || (to - from === 2 && bytes[from] === QUOTE);
}
