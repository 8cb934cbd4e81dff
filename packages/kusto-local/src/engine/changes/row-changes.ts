import { hiddenColumns, type Compilation } from '../../types.ts';
import { relationOf, type TableInfo } from '../catalog/catalog.ts';
import { extentColumn, forgetExtents, inExtents, type Extent } from '../catalog/extents.ts';
import { firstResult, runCompiled } from './ingestion.ts';
import { badRequest } from '../../service-errors.ts';
import { quoteIdentifier, quoteLiteral } from '../sql-text.ts';
import { keepForViews, refuseOldRows } from './views.ts';
import type { WriteTurn } from './write-turn.ts';

/** An extent that a change put another in the place of; without `result` nothing was left of it. */
export interface ReplacedExtent {
  readonly original: string;
  readonly result: string | undefined;
  /** How many of its rows the change was about. */
  readonly rowCount: number;
}

/** The rows of a table that a predicate selected, kept apart in a temporary table until they are released. */
export interface SelectedRows {
  readonly table: TableInfo;
  readonly extents: readonly { readonly id: string; readonly rowCount: number }[];
}

const selected = 'temp."$selected"';
const renumbered = 'temp."$renumbered"';

/**
 * Removes rows of a table; materialized views over it keep them. Every change that makes rows vanish from a table, other than dropping it, passes here. No row that
 * stays is changed, and the database's cursor does not move.
 */
export async function removeRows(turn: WriteTurn, table: TableInfo, condition: string): Promise<number> {
  await keepForViews(turn, table, condition);
  return (await turn.connection.run(`DELETE FROM ${relationOf(table)} WHERE ${condition}`)).rowsChanged;
}

/** Selects the rows of a table by a compiled {@link RecordSelection}. `now` is ticks. */
export async function selectRows(
  turn: WriteTurn,
  table: TableInfo,
  compilation: Compilation,
  now: bigint,
): Promise<SelectedRows> {
  await turn.connection.run(`CREATE OR REPLACE TEMP TABLE "$selected" (id BIGINT, extent VARCHAR)`);
  await runCompiled(
    turn,
    `INSERT INTO ${selected} SELECT rowid, ${extentColumn} FROM ${relationOf(table)}
     WHERE rowid IN (SELECT * FROM (${firstResult(compilation).sql}))`,
    now,
  );
  const counts = await turn.connection.run(
    `SELECT extent, count(*) FROM ${selected} GROUP BY ALL ORDER BY min(id)`,
  );
  const rows = await counts.getRows();
  return { table, extents: rows.map(([id, count]) => ({ id: String(id), rowCount: Number(count) })) };
}

export function rowsSelected({ extents }: SelectedRows): number {
  return extents.reduce((sum, { rowCount }) => sum + rowCount, 0);
}

/**
 * Soft delete (page "data soft delete"): the selected rows vanish, and the extents they were in are replaced. The rows that
 * stay in them keep their ingestion time and their cursor value.
 */
export async function deleteSelected(
  turn: WriteTurn,
  { table, extents }: SelectedRows,
): Promise<readonly ReplacedExtent[]> {
  await removeRows(turn, table, `rowid IN (SELECT id FROM ${selected})`);
  await turn.connection.run(`DROP TABLE ${selected}`);
  const ids = extents.map(({ id }) => id);
  const left = await countByExtent(turn, table, ids);
  const fresh = new Map(ids.filter((id) => left.has(id)).map((id) => [id, turn.uuid()]));
  await renumber(turn, fresh);
  await turn.connection.run(
    `UPDATE ${relationOf(table)} AS t SET ${extentColumn} = m.fresh FROM ${renumbered} AS m WHERE t.${extentColumn} = m.old`,
  );
  await forgetExtents(turn.connection, ids);
  return extents.map(({ id, rowCount }) => ({ original: id, result: fresh.get(id), rowCount }));
}

/** Drops extents with their rows. */
export async function dropExtents(
  turn: WriteTurn,
  table: TableInfo,
  extents: readonly Extent[],
): Promise<void> {
  const ids = extents.map(({ id }) => id);
  await removeRows(turn, table, inExtents(ids));
  await forgetExtents(turn.connection, ids);
}

/**
 * Moves extents to another table (page "move extents"): they get new ids there. Rows keep their ingestion time and cursor
 * value, be it behind a reader's cursor already, or all get new ones.
 *
 * @throws KustoServiceError when a column of the source is not in the target, or has another type there
 */
export async function moveExtents(
  turn: WriteTurn,
  source: TableInfo,
  target: TableInfo,
  extents: readonly Extent[],
  setNewIngestionTime: boolean,
): Promise<readonly ReplacedExtent[]> {
  checkMove(source, target);
  if (!setNewIngestionTime) refuseOldRows(turn.objects.views, target);
  if (extents.length === 0) return [];
  const ids = extents.map(({ id }) => id);
  const fresh = new Map(ids.map((id) => [id, turn.uuid()]));
  await renumber(turn, fresh);
  const [sequence, ingestion] = [hiddenColumns.sequence, hiddenColumns.ingestion].map(quoteIdentifier);
  let times = `s.${sequence}, s.${ingestion}`;
  if (setNewIngestionTime) {
    const stamp = turn.stamp(target);
    if (stamp.ingested === null)
      throw badRequest(
        `setNewIngestionTime needs the IngestionTime policy, which is off for table '${target.name}'.`,
      );
    await turn.useStamp(stamp);
    times = `${stamp.sequence ?? 'NULL'}, ${stamp.ingested}`;
  }
  const columns = source.columns.map(({ name }) => quoteIdentifier(name));
  await turn.connection.run(
    `INSERT INTO ${relationOf(target)} (${[sequence, ingestion, extentColumn, ...columns].join(', ')})
     SELECT ${times}, m.fresh, ${columns.map((column) => `s.${column}`).join(', ')}
     FROM ${relationOf(source)} AS s JOIN ${renumbered} AS m ON s.${extentColumn} = m.old`,
  );
  await removeRows(turn, source, `${extentColumn} IN (SELECT old FROM ${renumbered})`);
  await forgetExtents(turn.connection, ids);
  return extents.map(({ id, rowCount }) => ({ original: id, result: fresh.get(id), rowCount }));
}

function checkMove(source: TableInfo, target: TableInfo): void {
  if (source.id === target.id) throw badRequest(`Extents cannot be moved from '${source.name}' to itself.`);
  for (const { name, type } of source.columns) {
    const column = target.columns.find((candidate) => candidate.name === name);
    if (column?.type === type) continue;
    throw badRequest(
      column === undefined
        ? `Table '${target.name}' has no column '${name}', which '${source.name}' has.`
        : `Column '${name}' is of type ${type} in '${source.name}' and of type ${column.type} in '${target.name}'.`,
    );
  }
}

async function countByExtent(
  turn: WriteTurn,
  table: TableInfo,
  ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (ids.length === 0) return new Map();
  const rows = await (
    await turn.connection.run(
      `SELECT ${extentColumn}, count(*) FROM ${relationOf(table)} WHERE ${inExtents(ids)} GROUP BY ALL`,
    )
  ).getRows();
  return new Map(rows.map(([id, count]) => [String(id), Number(count)]));
}

/** Notes new ids for extents, in a temporary table; the new ones are as old as those they replace. */
async function renumber(turn: WriteTurn, fresh: ReadonlyMap<string, string>): Promise<void> {
  const { connection } = turn;
  await connection.run(`CREATE OR REPLACE TEMP TABLE "$renumbered" (old VARCHAR, fresh VARCHAR)`);
  const pairs = [...fresh];
  for (let start = 0; start < pairs.length; start += 1000) {
    const values = pairs
      .slice(start, start + 1000)
      .map(([old, id]) => `(${quoteLiteral(old)}, ${quoteLiteral(id)})`);
    await connection.run(`INSERT INTO ${renumbered} VALUES ${values.join(', ')}`);
  }
  await connection.run(
    `INSERT INTO "$extents" SELECT m.fresh, e.created FROM ${renumbered} AS m JOIN "$extents" AS e ON e.id = m.old`,
  );
}
