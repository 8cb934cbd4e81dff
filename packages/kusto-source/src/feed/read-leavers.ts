import { cellToken, KustoError, type QueryResult } from '@drasi-kusto/kusto-client';
import { ElementEncoder } from '../element/element-encoder.ts';
import { relationPrefix } from '../element/element-id.ts';
import { elementShape } from '../element/element-shape.ts';
import { columnOrdinal, idOf } from '../element/keyed-rows.ts';
import type { EntityIndex } from '../key-index/entity-index.ts';
import type { KeyPlace } from '../key-index/key-entry.ts';
import { queryShape } from '../query/query-shape.ts';
import { identityColumns } from '../query/row-identity.ts';
import { isTimeCursor } from '../query/time-cursor.ts';
import { helperColumns, helperNames, type WindowRange } from '../query/window-query.ts';
import type { WindowSource } from './window-source.ts';

/** A key that is to be deleted. */
export interface Leaver extends KeyPlace {
  /** When the row was ingested by which it left, in nanoseconds since 1970. */
  readonly timestampNs: bigint;
}

/** So many are held at a time, about 20 MB: the window is read in smaller slices when there are more. */
const mostLeavers = 100_000;

/** Whether a row can be one that takes its key away. */
export function hasLeavers({ config }: Pick<WindowSource, 'config'>): boolean {
  return config.deletedWhen !== undefined || queryShape(config.query).filters;
}

/**
 * The keys of a slice of a window whose newest row is not live and that may be live in Drasi: those of the index, and those of which a
 * row of this very window was live, since a bootstrap may have sent that one (rule R11). Of all others nobody ever heard, and
 * nothing is published (invariant I5). All are held until the answer is whole: a row that is wrong must delete nothing (I9).
 * @throws KustoError as readers of rows do
 */
export async function readLeavers(
  source: WindowSource,
  { keys }: Pick<EntityIndex, 'keys'>,
  range: WindowRange,
  slice: string | undefined,
): Promise<readonly Leaver[] | 'too_large'> {
  const { config, kernel } = source;
  const { label, key, place } = elementShape(config);
  const prefix = config.kind === 'relation' ? relationPrefix : '';
  const leavers: Leaver[] = [];
  await using result = await openLeavers(source, keys.bucketCount, range, slice);
  const columns = await result.columns;
  const bucket = columnOrdinal(columns, identityColumns.bucket);
  const was = columnOrdinal(columns, helperColumns.was);
  // Windows by time see a row again and again: what was live in them is in the index by then.
  const tiles = !isTimeCursor(range.upTo);
  const encoder = new ElementEncoder({
    label,
    key,
    place,
    columns,
    omit: [...helperNames],
    timestampColumn: helperColumns.ingested,
    now: () => BigInt(Date.now()) * 1_000_000n,
    kernel,
  });
  for await (const rows of result) {
    const seen = encoder.encodeChanges(rows).map(({ element, timestampNs }, row) => ({
      id: prefix + idOf(element),
      bucket: Number(cellToken(rows, row, bucket)),
      timestampNs,
      was: cellToken(rows, row, was) === 'true',
    }));
    const known = await keys.find(seen);
    for (const { was: wasLive, ...leaver } of seen)
      if ((wasLive && tiles) || known.has(leaver.id)) leavers.push(leaver);
    if (leavers.length > mostLeavers) return 'too_large';
  }
  return leavers;
}

async function openLeavers(
  { reader, schema, signal }: WindowSource,
  bucketCount: number,
  range: WindowRange,
  slice: string | undefined,
): Promise<QueryResult> {
  const open = async (): Promise<QueryResult> => {
    const omitted = schema.omitted(await reader.columns(signal));
    return await reader.leavers(range, bucketCount, { signal, slice }, omitted);
  };
  const result = await open();
  try {
    await result.columns;
    return result;
  } catch (error) {
    // A column that was dropped since the columns were read makes the text itself wrong: read them and ask once more.
    if (!(error instanceof KustoError) || error.code !== 'KUSTO_BAD_REQUEST') throw error;
    reader.forgetColumns();
    return await open();
  }
}
