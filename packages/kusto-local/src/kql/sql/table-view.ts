/** Tables of which a query sees some rows only: a window of cursor values, or an older snapshot. */
import type { DatabaseSchema, TableSchema, TableView } from '../../types.ts';
import { hiddenColumns } from '../../types.ts';
import { quoteIdentifier } from './value.ts';

const sequence = quoteIdentifier(hiddenColumns.sequence);
const ingestion = quoteIdentifier(hiddenColumns.ingestion);

/** The schema with each table's relation narrowed to what the view shows. */
export function viewedSchema(database: DatabaseSchema, view: TableView | undefined): DatabaseSchema {
  if (view === undefined) return database;
  // Cursors do not reach into a materialized view; a snapshot does.
  const { snapshot } = view;
  const views = (database.views ?? []).map((materialized) => ({
    ...materialized,
    relation: viewedTable(materialized, { snapshot }).relation,
  }));
  return { ...database, tables: database.tables.map((table) => viewedTable(table, view)), views };
}

function viewedTable<T extends Pick<TableSchema, 'name' | 'relation'>>(table: T, view: TableView): T {
  let { relation } = table;
  if (view.snapshot) {
    // A row without the IngestionTime policy has no time by which it could be left out.
    relation =
      `(SELECT * REPLACE (CASE WHEN ${sequence} <= $snapshot THEN ${sequence} END AS ${sequence}) FROM ${relation} ` +
      `WHERE ${ingestion} IS NULL OR ${ingestion} <= $snapshot)`;
  }
  if (view.window?.tables.includes(table.name) === true) {
    const bounds = [
      ...(view.window.after ? [`${sequence} > $after`] : []),
      ...(view.window.upTo ? [`${sequence} <= $upto`] : []),
    ];
    if (bounds.length > 0) relation = `(SELECT * FROM ${relation} WHERE ${bounds.join(' AND ')})`;
  }
  return { ...table, relation };
}
