/**
 * The rows that materialized views are over. A view is its query over the source's rows since its creation (or all of them),
 * computed when it is read; rows that vanish from the source are kept for it. So an ingestion costs nothing more, and a
 * delete costs the copy of what it removes.
 */
import { hiddenColumns, type Column, type ViewSchema } from '../../types.ts';
import { relationOf, type TableInfo } from '../catalog/catalog.ts';
import type { ViewInfo } from '../catalog/database-objects.ts';
import { typeNames } from '../values/kusto-types.ts';
import { badRequest } from '../../service-errors.ts';
import { quoteIdentifier } from '../sql-text.ts';
import type { WriteTurn } from './write-turn.ts';

const hidden = [hiddenColumns.sequence, hiddenColumns.ingestion, hiddenColumns.extent].map(quoteIdentifier);

function retainedOf(view: ViewInfo): string {
  return `main.${quoteIdentifier(view.retained)}`;
}

/**
 * Which rows of the source the view was given: by ingestion time, which is no other ingestion's and rises, because a row can
 * be in the table some time before it has its cursor value.
 */
function condition(view: ViewInfo): string {
  const ingestion = quoteIdentifier(hiddenColumns.ingestion);
  const bounds = [view.after, view.from].filter((ticks) => ticks !== '');
  return bounds.length === 0 ? 'true' : bounds.map((ticks) => `${ingestion} > ${ticks}`).join(' AND ');
}

/** The ingestion time of the table's newest row in ticks, 0 when there is none: where a view without backfill begins. */
export async function lastIngestion(turn: WriteTurn, table: TableInfo): Promise<string> {
  const result = await turn.connection.run(
    `SELECT coalesce(max(${quoteIdentifier(hiddenColumns.ingestion)}), 0) FROM ${relationOf(table)}`,
  );
  return String((await result.getRows())[0]?.[0] ?? 0);
}

function definition({ name, type }: Column): string {
  return `${quoteIdentifier(name)} ${typeNames(type).sql}${type === 'string' ? " DEFAULT ''" : ''}`;
}

/** A column of the rows that were kept, as the source has it now: null, or '' for a string, where it was not so then. */
function keptColumn(view: ViewInfo, { name, type }: Column): string {
  const column = quoteIdentifier(name);
  const kept = view.retainedColumns.find((other) => other.name === name);
  if (kept?.type === type) return column;
  return `${type === 'string' ? "''" : `CAST(NULL AS ${typeNames(type).sql})`} AS ${column}`;
}

/** What the compiler takes for a view. */
export function viewSchema(view: ViewInfo, source: TableInfo): ViewSchema {
  const columns = source.columns.map(({ name }) => quoteIdentifier(name));
  const kept = source.columns.map((column) => keptColumn(view, column));
  return {
    name: view.name,
    columns: view.columns,
    query: view.query,
    source: source.name,
    relation:
      `(SELECT ${[...columns, ...hidden].join(', ')} FROM ${relationOf(source)} WHERE ${condition(view)} ` +
      `UNION ALL SELECT ${[...kept, ...hidden].join(', ')} FROM ${retainedOf(view)})`,
  };
}

/** Makes the place for the rows that will vanish from the source. */
export async function createRetained(turn: WriteTurn, view: ViewInfo): Promise<void> {
  const types = ['BIGINT', 'BIGINT', 'VARCHAR'];
  const columns = [
    ...hidden.map((name, index) => `${name} ${types[index] ?? ''}`),
    ...view.retainedColumns.map(definition),
  ];
  await turn.connection.run(`CREATE TABLE ${retainedOf(view)} (${columns.join(', ')})`);
}

export async function dropRetained(turn: WriteTurn, view: ViewInfo): Promise<void> {
  await turn.connection.run(`DROP TABLE ${retainedOf(view)}`);
}

export async function clearRetained(turn: WriteTurn, view: ViewInfo): Promise<void> {
  await turn.connection.run(`DELETE FROM ${retainedOf(view)}`);
}

/** Keeps, for the views over the table, the rows that are about to be removed from it: views do not shrink. */
export async function keepForViews(turn: WriteTurn, table: TableInfo, removed: string): Promise<void> {
  const { objects } = turn;
  const views = objects.views.filter(({ sourceId }) => sourceId === table.id);
  if (views.length === 0) return;
  let changed = false;
  const renewed: ViewInfo[] = [];
  for (const view of views) {
    const known = new Map(view.retainedColumns.map(({ name, type }) => [name, type]));
    const added = table.columns.filter(({ name }) => !known.has(name));
    for (const column of added)
      await turn.connection.run(`ALTER TABLE ${retainedOf(view)} ADD COLUMN ${definition(column)}`);
    const current = { ...view, retainedColumns: [...view.retainedColumns, ...added] };
    changed ||= added.length > 0;
    renewed.push(current);
    const shared = table.columns.filter(({ name, type }) => (known.get(name) ?? type) === type);
    const list = [...hidden, ...shared.map(({ name }) => quoteIdentifier(name))].join(', ');
    await turn.connection.run(
      `INSERT INTO ${retainedOf(view)} (${list}) SELECT ${list} FROM ${relationOf(table)}
       WHERE (${removed}) AND ${condition(view)}`,
    );
  }
  if (!changed) return;
  await turn.replaceObjects({
    ...objects,
    views: objects.views.map((view) => renewed.find(({ name }) => name === view.name) ?? view),
  });
}

/** @throws KustoServiceError when a view is over the table, and would not take rows whose cursor value is an old one */
export function refuseOldRows(views: readonly ViewInfo[], target: TableInfo): void {
  const view = views.find(({ sourceId }) => sourceId === target.id);
  if (view === undefined) return;
  throw badRequest(
    `Cannot move extents to '${target.name}' since materialized view '${view.name}' will not process these extents (can lead to data loss in the materialized view): use setNewIngestionTime.`,
  );
}

/** @throws KustoServiceError when a view is over the table, which therefore cannot be dropped or renamed */
export function refuseSource(views: readonly ViewInfo[], table: TableInfo, what: string): void {
  const view = views.find(({ sourceId }) => sourceId === table.id);
  if (view === undefined) return;
  throw badRequest(
    `Table '${table.name}' is the source of the materialized view '${view.name}' and cannot be ${what}: drop the view first.`,
  );
}
