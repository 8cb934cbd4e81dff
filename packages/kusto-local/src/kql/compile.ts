/** KQL to DuckDB SQL, in the calling thread: the worker's work. */
import type { Compilation, CompiledResult, CompileRequest, DatabaseSchema, Discovery } from '../types.ts';
import { checkViewQuery } from './check-view.ts';
import type { CompletedText } from './discovered-schemas.ts';
import { completeText } from './discovered-schemas.ts';
import { checkLimits, defaultMaxTextLength } from './limits.ts';
import { convertQuery } from './parser/convert.ts';
import { DatabaseObjects } from './parser/stored-objects.ts';
import type { Query } from './parser/tree/tree.ts';
import { firstError } from './parser/diagnostics.ts';
import type { DatabaseSymbols } from './parser/syntax.ts';
import { databaseSymbols, parseQuery } from './parser/syntax.ts';
import { parameterValue } from './query-parameters.ts';
import { checkSelection, selectedRows } from './record-selection.ts';
import { QueryError, serviceError, unsupported } from './refusal.ts';
import { orderBy } from './sql/relation.ts';
import { CompileState, Scope } from './sql/state.ts';
import { constantContext } from './sql/operators/operator.ts';
import { viewedSchema } from './sql/table-view.ts';
import { bindStatement, compiler, compileTabular } from './sql/tabular.ts';
import { quoteIdentifier } from './sql/value.ts';
import { compileDiscovery } from './sql/discovery.ts';

/** A database in the version last seen. */
interface KnownDatabase {
  readonly version: number;
  readonly symbols: DatabaseSymbols;
  readonly objects: DatabaseObjects;
}

/** The answer to a request that only checks. */
const nothingCompiled: Compilation = {
  results: [],
  usesNow: false,
  usesCursor: false,
  filtersByCursor: false,
  visualization: undefined,
  setOptions: {},
};

function viewQuery(
  { name: database, views }: DatabaseSchema,
  name: string,
  symbols: DatabaseSymbols,
  objects: DatabaseObjects,
): Query | undefined {
  const view = views?.find((candidate) => candidate.name === name);
  if (view === undefined) return undefined;
  const bound = parseQuery(view.query, symbols);
  const error = firstError(bound.diagnostics);
  if (error !== undefined) throw error;
  const query = convertQuery(bound.statements, database, objects);
  if (query.undiscovered !== undefined) {
    throw unsupported('a plugin without an output schema in a view', query.undiscovered.span);
  }
  return query;
}

/** Compiles queries, one at a time; remembers the symbols of the databases it has seen. */
export class QueryCompiler {
  readonly #databases = new Map<string, KnownDatabase>();
  readonly #maxTextLength: number;

  constructor(maxTextLength = defaultMaxTextLength) {
    this.#maxTextLength = maxTextLength;
  }

  /** @throws KustoServiceError */
  compile(request: CompileRequest): Compilation {
    let completed: CompletedText | undefined;
    try {
      checkLimits(request.text, this.#maxTextLength);
      completed = completeText(request.text, request.discovered ?? []);
      return this.#compile(request, completed);
    } catch (error) {
      if (error instanceof QueryError) {
        const { innerCode, message, span, code } = error;
        const place = completed?.original(span) ?? span;
        throw serviceError(new QueryError(innerCode, message, place, code), request.text);
      }
      if (error instanceof RangeError && /call stack/i.test(error.message)) {
        const place = { start: 0, length: 0 };
        throw serviceError(new QueryError('SYN0002', 'the query nests too deep', place), request.text);
      }
      throw error;
    }
  }

  #known(database: DatabaseSchema): KnownDatabase {
    const known = this.#databases.get(database.name);
    if (known?.version === database.version) return known;
    const symbols = databaseSymbols(database);
    const made = { version: database.version, symbols, objects: new DatabaseObjects(database, symbols) };
    this.#databases.set(database.name, made);
    return made;
  }

  #compile(request: CompileRequest, { text, discovered, original }: CompletedText): Compilation {
    const { symbols, objects } = this.#known(request.database);
    const bound = parseQuery(text, symbols);
    const error = firstError(bound.diagnostics, text);
    if (error !== undefined) throw error;
    const { checks } = request;
    if (checks?.kind === 'function') {
      objects.check(checks.name, { start: 0, length: 0 });
      return nothingCompiled;
    }
    const query = convertQuery(bound.statements, request.database.name, objects, discovered);
    const { selection } = request;
    if (selection !== undefined) checkSelection(query, selection);
    if (checks?.kind === 'view') checkViewQuery(query, checks.source);
    const state = new CompileState(viewedSchema(request.database, request.view));
    state.viewQuery = (name) => viewQuery(request.database, name, symbols, objects);
    state.identified = selection?.table;
    const scope = new Scope();
    const results: CompiledResult[] = [];
    for (const statement of query.statements) {
      if (statement.kind === 'parameters') {
        for (const parameter of statement.parameters) {
          scope.bind(parameter.name, {
            kind: 'scalar',
            value: parameterValue(parameter, request.parameters),
          });
        }
      } else if (statement.kind === 'query') {
        const relation = compileTabular(statement.source, state, scope);
        if (selection !== undefined) {
          results.push(selectedRows(relation, selection, state, statement.span));
          continue;
        }
        if (relation.columns.length === 0) throw unsupported('a result without columns', statement.span);
        if (relation.columns.some(({ name }) => name === ''))
          throw unsupported('a column without a name', statement.span);
        const list = relation.columns.map((column) => `${column.sql} AS ${quoteIdentifier(column.name)}`);
        results.push({
          sql: `${state.with()}SELECT ${list.join(', ')} FROM ${relation.from}${orderBy(relation)}`,
          columns: relation.columns.map((column) => ({ name: column.name, type: column.type })),
        });
      } else {
        bindStatement(statement, constantContext({ state, scope, compiler }));
      }
    }
    let discovery: Discovery | undefined;
    if (query.undiscovered !== undefined) {
      const { span } = query.undiscovered;
      if (request.discovered === undefined) {
        throw unsupported(
          "a plugin without an output schema in a command: write ': (column: type, …)' behind it; it",
          span,
        );
      }
      const found = compileDiscovery(query.undiscovered, state, scope);
      discovery = { ...found, at: original({ start: found.at, length: 0 }).start };
      results.length = 0;
    } else if (results.length === 0) {
      throw new QueryError('SYN0002', 'the query has no tabular expression', { start: 0, length: 0 });
    }
    return {
      results,
      ...(discovery === undefined ? {} : { discovery }),
      usesNow: state.usesNow,
      usesCursor: state.usesCursor,
      filtersByCursor: state.filtersByCursor,
      visualization: query.visualization,
      setOptions: query.setOptions,
    };
  }
}
