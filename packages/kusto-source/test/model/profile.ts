import type { PropertyValues } from '../../src/config/properties.ts';
import type { KustoRow, ModelTable } from './model-table.ts';
import type { DataStep, RowState } from './step.ts';

/** Where a relation starts or ends: the node of this label with the key that these columns have. */
export interface ModelEnd {
  readonly label: string;
  readonly key: readonly string[];
}

/** One kind of element of a source, and what readers have to hold of it. */
export interface ModelEntity {
  readonly label: string;
  /** The key's columns in the query's result. */
  readonly key: readonly string[];
  /** Of relations. */
  readonly ends?: { readonly start: ModelEnd; readonly end: ModelEnd };
  /** Each element that has to be there once everything is published, as the row of the query's result. */
  readonly wanted: (table: ModelTable) => Promise<readonly KustoRow[]>;
  /** KQL for rows of which each may have been an element at some time: for another key a delete is never right. Undefined: no deletes. */
  readonly live: ((table: string) => string) | undefined;
}

/** Configuration of a source, what may happen to its table, and what its readers then have to hold. */
export interface Profile {
  readonly name: string;
  /** The properties of the source, beside where the database is. */
  readonly properties: (table: string) => PropertyValues;
  readonly entities: readonly ModelEntity[];
  /** Rows that vanish are found by scans: what is wanted is there behind the next complete one. */
  readonly scans: boolean;
  /** False: for services that refuse database cursors (rule R16). Default true. */
  readonly cursors?: boolean;
  /** KQL whose columns the elements follow when they change (rule R20). Absent: they do not change. */
  readonly followed?: (table: string) => string;
  /** Codes with which the feed may end, for a person to do what the message says. Default: none. */
  readonly endsWith?: readonly string[];
  /** How often each kind of change happens; those that are not named are outside of what the detection promises. */
  readonly weights: Readonly<Partial<Record<DataStep['do'], number>>>;
  readonly states: readonly RowState[];
}

/** The label of every node that is a row, whatever its table is called. */
export const rowLabel = 'Row';

export const rowKey = ['k1', 'k2'] as const;

export const allStates: readonly RowState[] = ['open', 'closed', 'hidden', 'deleted'];

/** How rows come. */
export const ingestions = { ingest: 10, stream: 3, ingestOld: 1, rewrite: 3, lag: 2, bulk: 0.3 } as const;

/** How rows go, and come in ways that no window has. */
export const removals = {
  update: 2,
  softDelete: 2,
  purge: 1,
  deleteSome: 1,
  replace: 1,
  dropExtent: 1,
  retain: 0.5,
  clear: 0.2,
  move: 1,
} as const;
