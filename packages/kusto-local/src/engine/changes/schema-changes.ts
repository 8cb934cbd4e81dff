import { refuseTakenName } from '../catalog/database-objects.ts';
import { refuseSource } from './views.ts';
import { hiddenColumns, type Column } from '../../types.ts';
import { relationOf, type TableInfo } from '../catalog/catalog.ts';
import { checkColumns, checkEntityName } from '../catalog/names.ts';
import { badRequest } from '../../service-errors.ts';
import { quoteIdentifier } from '../sql-text.ts';
import type { TableDefinition, WriteTurn } from './write-turn.ts';

const hidden = Object.values(hiddenColumns).map(quoteIdentifier);

/** Creates a table; one that exists is returned unchanged, whatever its schema, as the service does. */
export async function createTable(turn: WriteTurn, definition: TableDefinition): Promise<TableInfo> {
  return turn.find(definition.name) ?? (await turn.createTable(definition));
}

/** Creates a table, or adds the columns it does not have at its end. A column's type cannot change. */
export async function mergeTable(turn: WriteTurn, definition: TableDefinition): Promise<TableInfo> {
  const existing = turn.find(definition.name);
  return existing === undefined ? turn.createTable(definition) : extendTable(turn, existing, definition);
}

/** Adds the columns that the table does not have at its end; its rows have null there, or '' for a string. */
export function extendTable(
  turn: WriteTurn,
  table: TableInfo,
  definition: Omit<TableDefinition, 'name'>,
): Promise<TableInfo> {
  const added = definition.columns.filter((column) => !hasColumn(table, column));
  const columns = [...table.columns, ...added];
  checkColumns(table.name, columns);
  return turn.replaceTable({ ...described(table, definition), columns }, added);
}

/** `.alter table`: exactly these columns, in this order; what they leave out is deleted, what is new is null. */
export function alterTable(
  turn: WriteTurn,
  table: TableInfo,
  definition: Omit<TableDefinition, 'name'>,
): Promise<TableInfo> {
  const parts = definition.columns.map((column) => ({
    column,
    from: hasColumn(table, column) ? column.name : undefined,
  }));
  return reshape(turn, described(table, definition), parts);
}

/** `.alter column type`: the column's data becomes null ('' for a string); the same type changes nothing. */
export function alterColumnType(turn: WriteTurn, table: TableInfo, column: Column): Promise<TableInfo> {
  const { type } = findColumn(table, column.name);
  if (type === column.type) return Promise.resolve(table);
  return reshape(
    turn,
    table,
    table.columns.map((old) =>
      old.name === column.name ? { column, from: undefined } : { column: old, from: old.name },
    ),
  );
}

/** Names of columns, old to new; two may swap theirs. */
export function renameColumns(
  turn: WriteTurn,
  table: TableInfo,
  names: ReadonlyMap<string, string>,
): Promise<TableInfo> {
  for (const name of names.keys()) findColumn(table, name);
  return reshape(
    turn,
    table,
    table.columns.map(({ name, type }) => ({ column: { name: names.get(name) ?? name, type }, from: name })),
  );
}

export function dropColumns(turn: WriteTurn, table: TableInfo, names: readonly string[]): Promise<TableInfo> {
  for (const name of names) findColumn(table, name);
  const kept = table.columns.filter(({ name }) => !names.includes(name));
  if (kept.length === 0) throw badRequest(`Table '${table.name}' cannot lose all its columns.`);
  return reshape(
    turn,
    table,
    kept.map((column) => ({ column, from: column.name })),
  );
}

/** Names of tables, old to new, all at once: names may be swapped. The rows stay as they are. */
export async function renameTables(turn: WriteTurn, names: ReadonlyMap<string, string>): Promise<void> {
  const renamed = [...names].map(([from, to]) => {
    checkEntityName('table', to);
    const table = turn.table(from);
    refuseSource(turn.objects.views, table, 'renamed');
    refuseTakenName(turn.objects, to);
    return { ...table, name: to };
  });
  const others = turn.tables.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  const all = [...others, ...names.values()];
  const twice = all.find((name, index) => all.indexOf(name) !== index);
  if (twice !== undefined) throw badRequest(`Two tables would have the name '${twice}'.`);
  await turn.replaceTables(renamed);
}

/** @throws KustoServiceError when the table has no such column (names are case-sensitive) */
function findColumn(table: TableInfo, name: string): Column {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw badRequest(`Table '${table.name}' has no column '${name}'.`);
  return column;
}

interface ColumnSource {
  readonly column: Column;
  /** The old column it takes its values from; undefined for none. */
  readonly from: string | undefined;
}

/**
 * Puts the rows into a new relation. A query that was compiled against the old one finds it gone, rather than columns that
 * mean something else now.
 */
async function reshape(
  turn: WriteTurn,
  table: TableInfo,
  parts: readonly ColumnSource[],
): Promise<TableInfo> {
  const renewed = await turn.newRelation(
    table,
    parts.map(({ column }) => column),
  );
  const copied = parts.filter((part) => part.from !== undefined);
  const into = [...hidden, ...copied.map(({ column }) => quoteIdentifier(column.name))];
  const values = [...hidden, ...copied.map(({ from = '' }) => quoteIdentifier(from))];
  const old = relationOf(table);
  await turn.connection.run(
    `INSERT INTO ${relationOf(renewed)} (${into.join(', ')}) SELECT ${values.join(', ')} FROM ${old}`,
  );
  await turn.connection.run(`DROP TABLE ${old}`);
  return turn.replaceTable(renewed);
}

/** @throws KustoServiceError when the table has a column of that name and another type */
function hasColumn(table: TableInfo, column: Column): boolean {
  const existing = table.columns.find(({ name }) => name === column.name);
  if (existing !== undefined && existing.type !== column.type) {
    throw badRequest(
      `Column '${column.name}' of table '${table.name}' is of type ${existing.type} and cannot become ${column.type}: use .alter column.`,
    );
  }
  return existing !== undefined;
}

function described(table: TableInfo, definition: Omit<TableDefinition, 'name'>): TableInfo {
  return {
    ...table,
    folder: definition.folder ?? table.folder,
    docString: definition.docString ?? table.docString,
  };
}
