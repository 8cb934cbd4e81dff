import { KustoError } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { keyColumns } from '../query/key-columns.ts';
import { bucketsQuery, keysPerQuery } from '../query/key-literals.ts';
import type { SourceReader } from '../query/source-reader.ts';
import { askInParts } from './ask-in-parts.ts';
import { keyOfElement } from './scan-source.ts';

/**
 * The buckets of elements by their ids, in their order: the service computes them, some hundred a query. An id that no row can have
 * gets a bucket all the same, since its key is in the index until its delete.
 * @throws KustoError
 */
export async function askBuckets(
  reader: SourceReader,
  config: EntityConfig,
  bucketCount: number,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly number[]> {
  const columns = keyColumns(config, await reader.columns(signal));
  const buckets: number[] = [];
  for (let from = 0; from < ids.length; from += keysPerQuery) {
    await askInParts(ids.slice(from, from + keysPerQuery), async (part) => {
      const keys = part.map((id) => keyOfElement(config, id) ?? [id]);
      const { rows } = await reader.ask(bucketsQuery(keys, columns, bucketCount), signal);
      if (rows.length !== part.length)
        throw new KustoError('KUSTO_PROTOCOL', `${part.length} buckets were asked for, ${rows.length} came`);
      for (const [bucket] of rows) buckets.push(Number(bucket));
    });
  }
  return buckets;
}
