/** Kusto's scalar types by their canonical names. */
export type KustoType =
  | 'bool'
  | 'datetime'
  | 'decimal'
  | 'dynamic'
  | 'guid'
  | 'int'
  | 'long'
  | 'real'
  | 'string'
  | 'timespan';

export interface KustoColumn {
  readonly name: string;
  readonly type: KustoType;
}

/**
 * Rows of one table as the bytes the service sent. Cell `c` of row `r` is the JSON token
 * `bytes[offsets[2 * (r * width + c)] .. offsets[2 * (r * width + c) + 1])`, surrounding white space excluded, where
 * `width` is `columns.length`. A batch owns its bytes: they stay valid after the next batch arrived, unless the query asked for
 * `reuseBuffers`.
 */
export interface RowBatch {
  readonly columns: readonly KustoColumn[];
  readonly rowCount: number;
  readonly bytes: Uint8Array;
  readonly offsets: Uint32Array;
}

/** A cell as a JavaScript value without loss: long and int as bigint, real as number, everything else as below. */
export type CellValue = null | boolean | bigint | number | string | DynamicValue;

/** The JSON text of a `dynamic` cell, as it came. */
export interface DynamicValue {
  readonly json: string;
}

export interface QueryOptions {
  /** Values of `declare query_parameters`, in Kusto's form: long and string as they are, other types as KQL literals in a string. */
  readonly parameters?: Readonly<Record<string, string | bigint | number | boolean>>;
  /** Request properties beyond the client's own, for example `{ notruncation: true }`. */
  readonly options?: Readonly<Record<string, string | number | boolean>>;
  /** The service's time limit; default 4 minutes. */
  readonly serverTimeoutMs?: number;
  readonly signal?: AbortSignal;
  /**
   * Batches share their buffers: one is valid until the next is asked for. Saves the memory of large results from being allocated
   * and collected again and again. Default false.
   */
  readonly reuseBuffers?: boolean;
  /** Sent as x-ms-client-request-id. Default: `drasi-kusto;` and 12 random characters. */
  readonly clientRequestId?: string;
}
