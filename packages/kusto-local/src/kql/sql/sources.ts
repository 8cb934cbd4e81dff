/** Where rows come from: tables, `print` and `datatable`. */
import { KustoServiceError } from '../../errors.ts';
import type { TextSpan } from '../../types.ts';
import type { Tabular } from '../parser/tree/tree.ts';
import { invalid } from '../refusal.ts';
import { Hoisting } from './context.ts';
import { conform } from './expressions/conversions.ts';
import { compileItems, selectList } from './operators/operator.ts';
import type { OperatorInput } from './operators/operator.ts';
import type { Relation } from './relation.ts';
import { carried, Identifiers, rowIdColumn } from './relation.ts';
import type { CompileState } from './state.ts';
import { literalValue, quoteIdentifier } from './value.ts';

export function table(name: string, state: CompileState, span: TextSpan): Relation {
  const schema = state.database.tables.find((candidate) => candidate.name === name);
  if (schema === undefined) {
    throw new KustoServiceError({
      message: `Failed to resolve table expression named '${name}'`,
      code: 'BadRequest_TableNotExist',
      innerCode: 'SEM0100',
      span,
    });
  }
  const columns = schema.columns.map((column) => ({ ...column, sql: quoteIdentifier(column.name) }));
  const stored = state.tableSources.get(name) ?? schema.relation;
  const relation: Relation = { from: stored, columns, records: true, order: [], source: name };
  const list = [...columns.map((column) => column.sql), ...carried(relation)];
  const rowIds = state.identified === name && stored === schema.relation;
  if (rowIds) list.push(`rowid AS ${rowIdColumn}`);
  const from = state.emit(`SELECT ${list.join(', ')} FROM ${stored}`, span);
  return { ...relation, from, ...(rowIds ? { rowIds } : {}) };
}

export function print(
  source: Tabular & { readonly kind: 'print' },
  input: Omit<OperatorInput, 'input'>,
): Relation {
  const { compiler, state, scope } = input;
  const hoisting = new Hoisting(state);
  const context = { compiler, state, scope, row: undefined, hoist: hoisting.hoist };
  const items = compileItems(source.items, context, new Identifiers());
  const from = state.emit(`SELECT ${selectList(items).join(', ')}${hoisting.clause}`, source.span);
  return { from, columns: items.map((item) => item.column), records: false, order: [] };
}

export function datatable(source: Tabular & { readonly kind: 'datatable' }, state: CompileState): Relation {
  const identifiers = new Identifiers();
  const columns = source.columns.map((column) => identifiers.column(column.name, column.type));
  const width = columns.length;
  const rows: string[] = [];
  for (let start = 0; start < source.values.length; start += width) {
    const cells = columns.map((column, index) => {
      const cell = source.values[start + index];
      if (cell === undefined) throw invalid('a row of the datatable is incomplete', source.span);
      return conform(literalValue(cell.type, cell.value), column.type, cell.span).sql;
    });
    rows.push(`(${[`${rows.length}`, ...cells].join(', ')})`);
  }
  const names = columns.map((column) => column.sql);
  if (rows.length === 0) {
    const list = columns.map((column) => `${literalValue(column.type, null).sql} AS ${column.sql}`);
    return {
      from: state.emit(`SELECT ${list.join(', ')} WHERE false`, source.span),
      columns,
      records: false,
      order: [],
    };
  }
  // The rows keep the order in which they are written.
  const ordinal = state.fresh('o');
  const from = state.emit(
    `SELECT * FROM (VALUES ${rows.join(', ')}) AS t(${[ordinal, ...names].join(', ')})`,
    source.span,
  );
  return { from, columns, records: false, order: [{ sql: ordinal, direction: 'ASC NULLS LAST' }] };
}
