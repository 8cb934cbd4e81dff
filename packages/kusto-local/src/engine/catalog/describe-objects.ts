import type { DatabaseSchema } from '../../types.ts';
import type { TableInfo } from './catalog.ts';
import { parametersText } from './csl-text.ts';
import type { DatabaseObjects } from './database-objects.ts';
import { storedRelation } from '../changes/stored-results.ts';
import { viewSchema } from '../changes/views.ts';

/** A database's objects as the compiler takes them. `now` is ticks: stored query results that have expired are left out. */
export function describeObjects(
  objects: DatabaseObjects,
  tables: readonly TableInfo[],
  now: bigint,
): Required<Pick<DatabaseSchema, 'functions' | 'storedResults' | 'views'>> {
  return {
    functions: objects.functions.map(({ name, parameters, body }) => ({
      name,
      parameters: parametersText(parameters),
      body,
    })),
    views: objects.views.flatMap((view) => {
      const source = tables.find(({ id }) => id === view.sourceId);
      return source === undefined ? [] : [viewSchema(view, source)];
    }),
    storedResults: objects.results
      .filter(({ expiresOn }) => BigInt(expiresOn) > now)
      .map((result) => ({ name: result.name, columns: result.columns, relation: storedRelation(result) })),
  };
}

/** When the next stored query result expires, in ticks; undefined when none will. */
export function nextExpiry(objects: DatabaseObjects, now: bigint): bigint | undefined {
  let next: bigint | undefined;
  for (const { expiresOn } of objects.results) {
    const ticks = BigInt(expiresOn);
    if (ticks > now && (next === undefined || ticks < next)) next = ticks;
  }
  return next;
}
