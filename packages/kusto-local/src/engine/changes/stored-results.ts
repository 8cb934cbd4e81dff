/** Stored query results (page "stored query results"): each is a DuckDB table with the columns c0, c1, … */
import type { Compilation } from '../../types.ts';
import type { StoredResultInfo } from '../catalog/database-objects.ts';
import { firstResult, runCompiled } from './ingestion.ts';
import { typeNames } from '../values/kusto-types.ts';
import { badRequest } from '../../service-errors.ts';
import { quoteIdentifier } from '../sql-text.ts';
import type { WriteTurn } from './write-turn.ts';

const maximumColumns = 500;

export function storedRelation({ physicalName }: StoredResultInfo): string {
  return `main.${quoteIdentifier(physicalName)}`;
}

/** Runs the query and stores its first result; the catalog is the caller's to change. `now` and `lifetime` are ticks. */
export async function storeResult(
  turn: WriteTurn,
  name: string,
  compilation: Compilation,
  now: bigint,
  lifetime: bigint,
  user: string,
): Promise<StoredResultInfo> {
  const { sql, columns } = firstResult(compilation);
  if (columns.length > maximumColumns)
    throw badRequest(
      `A stored query result has up to ${maximumColumns} columns, and this one ${columns.length}.`,
    );
  const id = turn.uuid();
  const createdOn = turn.now();
  const info = {
    id,
    name,
    columns,
    physicalName: `r${id.replaceAll('-', '')}`,
    createdOn: `${createdOn}`,
    expiresOn: `${createdOn + lifetime}`,
    user,
    rowCount: 0,
    size: 0,
  };
  const names = columns.map((_, index) => `c${index}`);
  const relation = storedRelation(info);
  const definitions = columns.map(({ type }, index) => `c${index} ${typeNames(type).sql}`);
  await turn.connection.run(`CREATE TABLE ${relation} (${definitions.join(', ')})`);
  const rowCount = await runCompiled(
    turn,
    `INSERT INTO ${relation} SELECT ${names.join(', ')} FROM (${sql}) AS q(${names.join(', ')})`,
    now,
  );
  const lengths = names.map((column) => `coalesce(sum(strlen(CAST(${column} AS VARCHAR))), 0)`);
  const measured = await (
    await turn.connection.run(`SELECT ${lengths.join(' + ')} FROM ${relation}`)
  ).getRows();
  return { ...info, rowCount, size: Number(measured[0]?.[0] ?? 0) };
}

export async function dropResults(turn: WriteTurn, results: readonly StoredResultInfo[]): Promise<void> {
  for (const result of results) await turn.connection.run(`DROP TABLE ${storedRelation(result)}`);
}
