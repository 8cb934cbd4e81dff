import { KustoServiceError } from '../../errors.ts';
import type { Column } from '../../types.ts';

/** Letters, digits, `_`, space, `.` and `-`, up to 1024 of them (the service's page "Entity names"). */
const entityName = /^[\p{L}\p{N}_][\p{L}\p{N}_ .-]{0,1023}$/u;

/** @throws KustoServiceError `BadRequest_EntityNameIsNotValid` */
export function checkEntityName(kind: string, name: string): void {
  if (entityName.test(name)) return;
  throw invalidName(
    `'${name}' is not a valid ${kind} name: use letters, digits, underscores, spaces, dots and dashes, and no space, dot or dash first.`,
  );
}

/** @throws KustoServiceError `BadRequest_EntityNameIsNotValid` */
export function checkColumns(table: string, columns: readonly Column[]): void {
  const seen = new Map<string, string>();
  if (columns.length === 0) throw invalidName(`Table '${table}' needs at least one column.`);
  for (const { name } of columns) {
    checkEntityName('column', name);
    const folded = name.toLowerCase();
    const other = seen.get(folded);
    if (other === name) throw invalidName(`Table '${table}' has the column '${name}' twice.`);
    if (other !== undefined) {
      throw invalidName(
        `Table '${table}' has columns that differ only in case ('${other}', '${name}'), which this endpoint cannot tell apart.`,
      );
    }
    seen.set(folded, name);
  }
}

function invalidName(message: string): KustoServiceError {
  return new KustoServiceError({
    message,
    code: 'BadRequest_EntityNameIsNotValid',
    type: 'Kusto.Data.Exceptions.EntityNameIsNotValidException',
  });
}
