import { badRequest } from '../service-errors.ts';
import type { DatabaseSchema } from '../types.ts';

const part = String.raw`(?:\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]|([\p{L}\p{N}_-]+))`;
const reference = new RegExp(String.raw`^\s*(?:${part}\s*\.\s*)?${part}\s*$`, 'u');

/**
 * The table a reference of `query_cursor_scoped_tables` names: `T`, `['T']`, or with the request's own database before it,
 * `['DB'].['T']`, as continuous exports list them.
 *
 * @throws KustoServiceError when it names another database, or no table
 */
export function resolveTable(text: string, database: DatabaseSchema): string {
  const exact = database.tables.find(({ name }) => name === text);
  if (exact !== undefined) return exact.name;
  const found = reference.exec(text);
  const owner = found?.[1] ?? found?.[2] ?? found?.[3];
  const name = found?.[4] ?? found?.[5] ?? found?.[6];
  if (owner !== undefined && owner !== database.name) {
    throw badRequest(
      `query_cursor_scoped_tables names '${text}': only tables of the request's database '${database.name}' can be scoped.`,
    );
  }
  if (name !== undefined && database.tables.some((table) => table.name === name)) return name;
  throw badRequest(
    `query_cursor_scoped_tables names '${text}', which is no table of database '${database.name}'.`,
  );
}
