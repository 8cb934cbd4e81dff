import type { Database } from '../../engine/database.ts';
import { badRequest } from '../../service-errors.ts';
import { KustoServiceError } from '../../errors.ts';

type ObjectKind = 'function' | 'materialized view';

/** Tables, functions and materialized views share their names. @throws KustoServiceError when another kind has this one */
export function checkFree(database: Database, name: string, kind: ObjectKind): void {
  const { functions, views } = database.objects;
  const taken = database.hasTable(name)
    ? 'table'
    : kind !== 'function' && functions.some((other) => other.name === name)
      ? 'function'
      : kind !== 'materialized view' && views.some((other) => other.name === name)
        ? 'materialized view'
        : undefined;
  if (taken !== undefined)
    throw badRequest(`The name '${name}' is taken by a ${taken} of database '${database.name}'.`);
}

/** `BadRequest_EntityNotFound`: a command names an object that the database does not have (names are case-sensitive). */
export function entityNotFound(kind: string, name: string, database: string): KustoServiceError {
  return new KustoServiceError({
    message: `${kind} '${name}' was not found in database '${database}'.`,
    code: 'BadRequest_EntityNotFound',
    type: 'Kusto.Data.Exceptions.EntityNotFoundException',
  });
}
