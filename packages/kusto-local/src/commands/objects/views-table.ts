import { resultTable, type CommandTable } from '../command-tables.ts';
import type { Database } from '../../engine/database.ts';
import type { ViewInfo } from '../../engine/catalog/database-objects.ts';
import type { Value } from '../../engine/values/encode-value.ts';
import { parseTimespan } from '../../engine/values/times.ts';
import { entityNotFound } from './object-names.ts';

export function findView(database: Database, name: string): ViewInfo {
  const found = database.objects.views.find((view) => view.name === name);
  if (found === undefined) throw entityNotFound('Materialized view', name, database.name);
  return found;
}

/** What the service shows of a view: here it is always up to date, as of the database's last commit. */
export function viewsTable(database: Database, views: readonly ViewInfo[]): CommandTable {
  const upTo = BigInt(database.cursor);
  return resultTable(
    {
      Name: 'string',
      SourceTable: 'string',
      Query: 'string',
      MaterializedTo: 'datetime',
      LastRun: 'datetime',
      LastRunResult: 'string',
      IsHealthy: 'bool',
      IsEnabled: 'bool',
      Folder: 'string',
      DocString: 'string',
      AutoUpdateSchema: 'bool',
      EffectiveDateTime: 'datetime',
      Lookback: 'timespan',
      LookbackColumn: 'string',
    },
    views.map((view): Value[] => [
      view.name,
      database.tables.find(({ id }) => id === view.sourceId)?.name ?? '',
      view.query,
      upTo,
      upTo,
      'Completed',
      true,
      view.enabled,
      view.folder,
      view.docString,
      false,
      BigInt(view.effectiveFrom),
      view.lookback === '' ? null : parseTimespan(view.lookback),
      view.lookbackColumn,
    ]),
  );
}
