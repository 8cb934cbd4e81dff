import type { EndpointRequest } from './endpoint.ts';
import type { Database } from '../engine/database.ts';
import type { QueryRunOptions } from '../engine/queries/query-run.ts';
import { ticksOfMilliseconds } from '../engine/values/times.ts';
import type { KqlCompiler } from '../kql/compiler.ts';
import type { RawOptions } from '../request-properties/option-values.ts';
import { refuseCursors } from '../request-properties/cursor-calls.ts';
import { mergeOptions, readQueryOptions, type QueryOptions } from '../request-properties/query-options.ts';
import { schemasOf, validationOf } from '../request-properties/shaped-compilation.ts';
import { resolveTable } from '../request-properties/table-references.ts';
import type { ResultLimits } from '../request-properties/truncation.ts';
import type { EndpointSettings } from './settings.ts';
import { WeakHeads } from './weak-heads.ts';
import type { Compilation, DiscoveredColumns, TableView } from '../types.ts';

/** Why cursor functions are refused where `cursors` is off. */
export const noCursors = 'this service has no database cursors';

/** A query ready to run. */
export interface QueryPlan {
  readonly compilation: Compilation;
  readonly run: Omit<QueryRunOptions, 'failAfter' | 'protocol' | 'signal' | 'timeoutMs'>;
}

/** What was asked, of which database, and when: milliseconds since 1970. */
interface Asked {
  readonly database: Database;
  readonly request: EndpointRequest;
  readonly time: number;
  readonly settings: EndpointSettings;
}

/** Turns a request into what is run: its text compiled, its properties applied. */
export class QueryPlanner {
  readonly #compiler: KqlCompiler;
  readonly #limits: ResultLimits;
  readonly #heads = new WeakHeads();

  constructor(compiler: KqlCompiler, limits: ResultLimits) {
    this.#compiler = compiler;
    this.#limits = limits;
  }

  /** `time`: milliseconds since 1970. @throws KustoServiceError */
  async plan(
    database: Database,
    request: EndpointRequest,
    time: number,
    settings: EndpointSettings,
  ): Promise<QueryPlan> {
    const asked: Asked = { database, request, time, settings };
    const requested = this.#options(request.options, settings);
    const first = await this.#compile(database, request, viewOf(requested, database));
    const { setOptions } = first;
    if (Object.keys(setOptions).length === 0) return this.#planOf(first, requested, asked);
    const options = this.#options(mergeOptions(request.options, setOptions), settings);
    // The text itself can say which rows it sees: then it has to be compiled with that.
    const view = viewOf(options, database);
    const compiled =
      JSON.stringify(view) === JSON.stringify(viewOf(requested, database))
        ? first
        : await this.#compile(database, request, view);
    return this.#planOf(compiled, options, asked);
  }

  #planOf(compiled: Compilation, options: QueryOptions, asked: Asked): QueryPlan {
    const plan = this.#ready(compiled, options, asked);
    if (compiled.discovery === undefined) return plan;
    const complete = async (discovered: readonly DiscoveredColumns[]): Promise<Compilation> => {
      const view = viewOf(options, asked.database);
      const completed = await this.#compile(asked.database, asked.request, view, discovered);
      return this.#ready(completed, options, asked).compilation;
    };
    return { compilation: plan.compilation, run: { ...plan.run, complete } };
  }

  #compile(
    database: Database,
    request: EndpointRequest,
    view: TableView | undefined,
    discovered: readonly DiscoveredColumns[] = [],
  ): Promise<Compilation> {
    const { text, parameters } = request;
    const schema = database.schema;
    return this.#compiler.compile({
      text,
      database: schema,
      parameters,
      ...(view === undefined ? {} : { view }),
      discovered,
    });
  }

  /** Ticks: the older state that a weak read gets. */
  #snapshot({ weakConsistency }: QueryOptions, { request, time, settings }: Asked): bigint | undefined {
    if (weakConsistency === undefined) return undefined;
    const key = { database: request.database, text: request.text };
    return ticksOfMilliseconds(this.#heads.snapshot(settings.weakConsistency, weakConsistency, key, time));
  }

  #options(raw: RawOptions, { weakConsistency }: EndpointSettings): QueryOptions {
    const options = readQueryOptions(raw, this.#limits);
    if (!weakConsistency.forced || options.weakConsistency !== undefined) return options;
    return { ...options, weakConsistency: { by: 'random', session: '' } };
  }

  #ready(compiled: Compilation, options: QueryOptions, asked: Asked): QueryPlan {
    const { database, request, time, settings } = asked;
    if (!settings.cursors) refuseCursors(compiled, request.text, noCursors);
    if (options.cursorsDisabled) refuseCursors(compiled, request.text, 'query_cursor_disabled is set');
    const view = viewOf(options, database);
    const scoped = view?.window === undefined ? compiled : { ...compiled, filtersByCursor: true };
    const bindings = new Map<string, bigint>();
    const { after, upTo } = options.cursorWindow ?? {};
    if (after !== undefined) bindings.set('after', after);
    if (upTo !== undefined) bindings.set('upto', upTo);
    const snapshot = this.#snapshot(options, asked);
    if (snapshot !== undefined) bindings.set('snapshot', snapshot);
    return {
      compilation: shaped(scoped, options),
      run: {
        now: options.now ?? ticksOfMilliseconds(time),
        limits: options.limits,
        takeRecords: options.takeRecords,
        deferFailures: options.deferFailures,
        cursor: options.cursor,
        snapshotCursor: snapshot === undefined ? undefined : database.cursorAt(snapshot),
        bindings,
      },
    };
  }
}

function viewOf(options: QueryOptions, database: Database): TableView | undefined {
  const { cursorWindow } = options;
  const snapshot = options.weakConsistency !== undefined;
  if (cursorWindow === undefined) return snapshot ? { snapshot } : undefined;
  const { after, upTo } = cursorWindow;
  const tables = cursorWindow.tables.map((table) => resolveTable(table, database.schema));
  return { snapshot, window: { tables, after: after !== undefined, upTo: upTo !== undefined } };
}

function shaped(compilation: Compilation, options: QueryOptions): Compilation {
  if (options.validateOnly) return validationOf(compilation);
  return options.schemaOnly ? schemasOf(compilation) : compilation;
}
