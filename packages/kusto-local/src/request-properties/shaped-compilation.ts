import { typeNames } from '../engine/values/kusto-types.ts';
import { quoteLiteral } from '../engine/sql-text.ts';
import type { Column, Compilation, CompiledResult } from '../types.ts';

const schemaColumns: readonly Column[] = [
  { name: 'ColumnName', type: 'string' },
  { name: 'ColumnOrdinal', type: 'int' },
  { name: 'DataType', type: 'string' },
  { name: 'ColumnType', type: 'string' },
];

/** `query_results_apply_getschema`: the schema of each result, as `getschema` gives it, instead of its rows. */
export function schemasOf(compilation: Compilation): Compilation {
  return constant(
    compilation,
    compilation.results.map(({ columns }) => schemaOf(columns)),
  );
}

/**
 * `validatepermissions`: the query is not run; one row says that it may be, or that this cannot be said of a query whose
 * schema depends on its data.
 */
export function validationOf(compilation: Compilation): Compilation {
  const { discovery, ...rest } = compilation;
  const outcome = discovery === undefined ? 'OK' : 'Incomplete';
  const columns: readonly Column[] = [{ name: 'Result', type: 'string' }];
  return constant(rest, [{ sql: `SELECT '${outcome}' AS Result`, columns }]);
}

function schemaOf(columns: readonly Column[]): CompiledResult {
  const rows = columns.map(
    ({ name, type }, ordinal) =>
      `(${quoteLiteral(name)}, ${ordinal}, ${quoteLiteral(typeNames(type).clrType)}, ${quoteLiteral(type)})`,
  );
  const names = schemaColumns.map(({ name }) => name).join(', ');
  const values = rows.length === 0 ? `('', 0, '', '')` : rows.join(', ');
  const sql = `SELECT * FROM (VALUES ${values}) AS s(${names})${rows.length === 0 ? ' WHERE false' : ''}`;
  return { sql, columns: schemaColumns };
}

/** The compilation with results that depend on no row, no time and no cursor. */
function constant(compilation: Compilation, results: readonly CompiledResult[]): Compilation {
  return { ...compilation, results, usesNow: false, usesCursor: false, filtersByCursor: false };
}
