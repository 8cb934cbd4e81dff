import { keyColumns } from '../query/key-columns.ts';
import { keysPerQuery, keysPredicate, type KeyComponents } from '../query/key-literals.ts';
import { askInParts } from './ask-in-parts.ts';
import { readKeyed } from './read-part.ts';
import { keyOfElement, type IndexSource } from './scan-source.ts';

/**
 * Asks whether keys are in several rows now, where answers of different moments had two rows of them.
 * @throws KustoSourceError KEY_NOT_UNIQUE
 */
export async function checkUnique(
  source: IndexSource,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { reader, config, range, logger } = source;
  const columns = keyColumns(config, await reader.columns(signal));
  for (let from = 0; from < ids.length; from += keysPerQuery) {
    const keys = ids.slice(from, from + keysPerQuery).map((id) => keyOfElement(config, id) ?? []);
    const ask = async (some: readonly KeyComponents[]): Promise<void> => {
      const slice = keysPredicate(some, columns);
      for await (const _rows of readKeyed(source, range, { signal, slice }));
    };
    await askInParts(keys, ask, logger);
  }
}
