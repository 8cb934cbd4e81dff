/** Materialized views and stored query results as sources of rows. */
import type { TextSpan } from '../../types.ts';
import { invalid, within } from '../refusal.ts';
import type { Statement, Tabular } from '../parser/tree/tree.ts';
import type { Relation } from './relation.ts';
import { Identifiers } from './relation.ts';
import type { CompileState } from './state.ts';
import { Scope } from './state.ts';
import { quoteIdentifier } from './value.ts';

/** The parts of the compiler that a view's query goes through. */
export interface ViewCompiler {
  tabular(source: Tabular, state: CompileState, scope: Scope): Relation;
  statement(statement: Statement, state: CompileState, scope: Scope): void;
}

/**
 * The rows of a materialized view: its query over what the view was given of its source. They are no records of a table: they
 * have neither a cursor value nor, over the whole view, an ingestion time (page "materialized views limitations").
 */
export function viewRelation(
  name: string,
  state: CompileState,
  span: TextSpan,
  compiler: ViewCompiler,
): Relation {
  const view = state.database.views?.find((candidate) => candidate.name === name);
  const query = within(`the materialized view '${name}'`, span, () => state.viewQuery?.(name));
  if (view === undefined || query === undefined) {
    throw invalid(`Failed to resolve materialized view named '${name}'`, span);
  }
  return within(`the materialized view '${name}'`, span, () => {
    const scope = new Scope();
    const outer = state.tableSources.get(view.source);
    state.tableSources.set(view.source, view.relation);
    let relation: Relation | undefined;
    try {
      for (const statement of query.statements) {
        if (statement.kind === 'query') relation = compiler.tabular(statement.source, state, scope);
        else compiler.statement(statement, state, scope);
      }
    } finally {
      if (outer === undefined) state.tableSources.delete(view.source);
      else state.tableSources.set(view.source, outer);
    }
    if (relation === undefined) throw invalid('its query has no result', span);
    const { columns, from } = relation;
    const kept = view.columns.map((column) => {
      const found = columns.find((candidate) => candidate.name === column.name);
      if (found?.type === column.type) return found;
      throw invalid(
        `the source table no longer gives the column '${column.name}' of type ${column.type}`,
        span,
      );
    });
    return { from, columns: kept, records: false, order: [], source: name };
  });
}

/** The rows of a stored query result, whose DuckDB columns are named by ordinal. */
export function resultRelation(name: string, state: CompileState, span: TextSpan): Relation {
  const result = state.database.storedResults?.find((candidate) => candidate.name === name);
  if (result === undefined) throw invalid(`Failed to resolve stored query result named '${name}'`, span);
  const identifiers = new Identifiers();
  const columns = result.columns.map((column) => identifiers.column(column.name, column.type));
  const list = columns.map((column, index) => `${quoteIdentifier(`c${index}`)} AS ${column.sql}`);
  const from = state.emit(`SELECT ${list.join(', ')} FROM ${result.relation}`, span);
  return { from, columns, records: false, order: [] };
}
