import type { KustoColumn } from '@drasi-kusto/kusto-client';
import type { Clock, Logger } from '@drasi-kusto/source-sdk';
import type { Detection, EntityConfig } from '../config/entity-config.ts';
import { keyInEntity } from '../element/element-id.ts';
import type { RowKernel } from '../element/row-kernel.ts';
import type { BatchEnd, EntityIndex } from '../key-index/entity-index.ts';
import type { RowShaper } from '../query/read-rows.ts';
import type { SourceReader } from '../query/source-reader.ts';
import type { RowRange } from '../query/window-query.ts';

/** How much is held, or named in one query, at a time. */
export interface ScanLimits {
  /** Up to so many keys in differing buckets, the hashes of all their rows are read; beyond, digests of groups of them first. */
  readonly fewKeys: number;
  /** Rows of one query, whose ids are held; at most SLICE_ROWS. */
  readonly rows: number;
  /** Hashes of rows of one query. */
  readonly hashes: number;
  /** Buckets of which the digests of groups are asked in one query. */
  readonly buckets: number;
  /** Hashes, or groups, that the text of one query names. */
  readonly named: number;
}

/** 512 buckets are 65,536 groups; 5,000 hashes are a text of 100 KB. */
const standard: ScanLimits = { fewKeys: 20_000, rows: 100_000, hashes: 50_000, buckets: 512, named: 5_000 };

export function limitsOf({ limits, config }: IndexSource): ScanLimits {
  const all = { ...standard, ...limits };
  return { ...all, rows: Math.min(all.rows, config.sliceRows) };
}

/** What the key index of an entity is compared with, or filled from: the entity's rows in a range. */
export interface IndexSource {
  readonly reader: SourceReader;
  readonly config: EntityConfig;
  readonly logger: Logger;
  readonly clock: Clock;
  /** How rows become elements, and which columns are properties: the feed's. */
  readonly schema: RowShaper;
  readonly detection: Detection;
  readonly index: EntityIndex;
  /** The range that bootstraps of the entity read (rule R3): a window that has not been read yet is not in it. */
  readonly range: RowRange;
  readonly kernel: RowKernel;
  readonly limits?: Partial<ScanLimits> | undefined;
  /** Called between queries: a sign of life of work that may be long. */
  readonly alive?: () => void;
}

export interface ScanSource extends IndexSource {
  /** What the acknowledgement of the last batch makes true; asked for when that is made. */
  readonly end: BatchEnd | (() => BatchEnd);
  /** What the index holds was published under another configuration. Default not. */
  readonly reconfigured?: boolean | undefined;
}

export const endOf = ({ end }: Pick<ScanSource, 'end'>): BatchEnd =>
  typeof end === 'function' ? end() : end;

/**
 * Asks for the columns anew and takes them in: a column that came or went since is a change of the rows.
 * @throws KustoSourceError SCHEMA
 */
export async function readColumns(
  { reader, schema }: IndexSource,
  signal: AbortSignal,
): Promise<readonly KustoColumn[]> {
  const columns = await reader.checkSchema(signal);
  schema.shape(columns);
  return columns;
}

/** The components of the key in an element's id; undefined when no row of the entity can have that id. */
export function keyOfElement(
  entity: Pick<EntityConfig, 'kind' | 'label' | 'primaryKey'>,
  id: string,
): readonly (string | null)[] | undefined {
  const key = keyInEntity(entity, id);
  return key?.length === entity.primaryKey.length ? key : undefined;
}
