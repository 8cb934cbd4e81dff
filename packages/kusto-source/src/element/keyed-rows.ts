import { cellToken, KustoError, type KustoColumn, type RowBatch } from '@drasi-kusto/kusto-client';
import type { EncodedChange } from '@drasi-kusto/source-sdk';
import type { KeyEntry } from '../key-index/key-entry.ts';
import { identityColumns } from '../query/row-identity.ts';
import type { ElementEncoder, EncodedElementRows, IdFilter } from './element-encoder.ts';
import { hashId } from './id-hash.ts';

/** Elements of a batch, and what the key index has to know of each, in the same order. */
export interface KeyedElements {
  readonly elements: EncodedElementRows;
  readonly entries: readonly KeyEntry[];
}

export interface KeyedChanges {
  readonly changes: readonly EncodedChange[];
  readonly entries: readonly KeyEntry[];
}

/** The rows of a result that has the identity columns, as elements and as entries of the key index. */
export class KeyedRows {
  readonly #encoder: ElementEncoder;
  readonly #bucket: number;
  readonly #first: number;
  readonly #second: number;
  readonly #toStartId: number | undefined;
  readonly #endsOfKey: boolean;
  readonly #lanes = new Uint32Array(4);

  /** @throws KustoError KUSTO_PROTOCOL when the result has no identity columns */
  constructor(columns: readonly KustoColumn[], encoder: ElementEncoder) {
    this.#encoder = encoder;
    this.#toStartId = encoder.toStartId;
    this.#endsOfKey = encoder.endsOfKey;
    this.#bucket = columnOrdinal(columns, identityColumns.bucket);
    this.#first = columnOrdinal(columns, identityColumns.first);
    this.#second = columnOrdinal(columns, identityColumns.second);
  }

  /** NDJSON lines, valid until the encoder is used again, without the rows that the filter does not admit. */
  elements(batch: RowBatch, filter?: IdFilter): KeyedElements {
    const elements = this.#encoder.encodeElements(batch, filter);
    const entries: KeyEntry[] = [];
    let start = 0;
    for (let row = 0; row < batch.rowCount; row++) {
      const end = elements.ends[row] as number;
      if (end > start) entries.push(this.#entry(batch, row, elements.ndjson.subarray(start, end - 1)));
      start = end;
    }
    return { elements, entries };
  }

  /** An upsert a row, in the order of the rows. */
  changes(batch: RowBatch): KeyedChanges {
    const rows: number[] = [];
    const changes = this.#encoder.encodeUpserts(batch, undefined, rows);
    const entries = changes.map((change, at) => this.#entry(batch, rows[at] as number, change.element));
    return { changes, entries };
  }

  #entry(batch: RowBatch, row: number, element: Uint8Array): KeyEntry {
    const local = this.#hash(element, 0, element.length);
    const idEnd = stringEnd(element, ID_AT + 1);
    const from = this.#toStartId === undefined ? undefined : idEnd + this.#toStartId;
    return {
      id: idOf(element),
      bucket: Number(cellToken(batch, row, this.#bucket)),
      row: {
        first: unsigned(cellToken(batch, row, this.#first)),
        second: unsigned(cellToken(batch, row, this.#second)),
      },
      local,
      ...(from === undefined ? {} : { ends: this.#hash(element, idEnd, endsEnd(element, from)) }),
      ...(from !== undefined && this.#endsOfKey ? { endsOfKey: true } : {}),
    };
  }

  #hash(bytes: Uint8Array, from: number, to: number): bigint {
    hashId(bytes, from, to, this.#lanes);
    const [low = 0, high = 0] = this.#lanes;
    return (BigInt(high) << 32n) | BigInt(low);
  }
}

/** @throws KustoError KUSTO_PROTOCOL when the result has no such column */
export function columnOrdinal(columns: readonly KustoColumn[], name: string): number {
  const found = columns.findIndex((column) => column.name === name);
  if (found < 0) throw new KustoError('KUSTO_PROTOCOL', `the result has no column ${name}`);
  return found;
}

const unsigned = (token: string): bigint => BigInt.asUintN(64, BigInt(token));

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ID_AT = '{"id":'.length;

/** The id of an element in wire form, which begins with it. */
export function idOf(element: Uint8Array): string {
  const end = stringEnd(element, ID_AT + 1);
  const token = Buffer.from(element.buffer, element.byteOffset + ID_AT, end + 1 - ID_AT).toString('latin1');
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
}

/** The closing quote of the JSON string that `at` is in. */
function stringEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  while (bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
  return end;
}

/** The closing quote of a relation's `endId`, from within the text of its `startId`. */
function endsEnd(element: Uint8Array, at: number): number {
  return stringEnd(element, stringEnd(element, at) + '","endId":"'.length);
}
