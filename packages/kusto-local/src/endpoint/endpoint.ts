import { randomUUID } from 'node:crypto';
import { isCommand, parseCommand } from '../commands/parse-command.ts';
import type { CommandTable } from '../commands/command-tables.ts';
import { runTail, splitCommand, withResult } from '../commands/command-tail.ts';
import type { Protocol } from '../engine/values/encode-rows.ts';
import type { FailAfter } from '../engine/queries/result-limit.ts';
import type { QueryRun } from '../engine/queries/query-run.ts';
import { RequestLog, type Caller, type OpenRequest } from './request-log.ts';
import { badRequest } from '../service-errors.ts';
import { defaultDatabase, Store } from '../engine/store.ts';
import { ticksOfMilliseconds } from '../engine/values/times.ts';
import { KustoServiceError } from '../errors.ts';
import { FaultPlan } from '../faults/fault-plan.ts';
import type { FaultRule } from '../faults/fault-rule.ts';
import type { KqlCompiler } from '../kql/compiler.ts';
import { refuseInCommand } from '../request-properties/command-options.ts';
import { refuseCursors } from '../request-properties/cursor-calls.ts';
import { readDatetime, type RawOptions } from '../request-properties/option-values.ts';
import { standardLimits, type ResultLimits } from '../request-properties/truncation.ts';
import { noCursors, QueryPlanner } from './query-planner.ts';
import { changeSettings, defaultSettings, type EndpointSettings, type SettingsChange } from './settings.ts';

export interface EndpointOptions {
  readonly compiler: KqlCompiler;
  /** Statements run once on every database that is opened. */
  readonly sqlPrelude: readonly string[];
  /** A folder for the databases' files; without it they are in memory. */
  readonly dataDir?: string;
  /** Folders whose files `.ingest into` may read. Default none. */
  readonly allowedFolders?: readonly string[];
  /** DuckDB's `memory_limit` of each database. Default `1GB`. */
  readonly memoryLimit?: string;
  /** Queries a database runs at once; one more is answered with 429. Default 64. */
  readonly maximumQueries?: number;
  /** The limits of a result: the service's (default), none, or others. Request properties go before them. */
  readonly truncation?: boolean | ResultLimits;
  /** What it imitates of a busy service. */
  readonly settings?: SettingsChange;
  readonly faults?: readonly FaultRule[];
  readonly faultSeed?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly uuid?: () => string;
}

/** A request, its body checked. */
export interface EndpointRequest {
  readonly database: string;
  readonly text: string;
  readonly parameters: Readonly<Record<string, boolean | number | string>>;
  readonly readOnly: boolean;
  readonly timeoutMs: number;
  /** The request properties, as they came. */
  readonly options: RawOptions;
  /** Who asks, for `.show queries` and `.cancel query`. */
  readonly caller?: Caller;
}

/** Queries and commands over the databases, without a protocol. */
export class Endpoint {
  readonly store: Store;
  readonly now: () => number;
  readonly uuid: () => string;
  /** The requests in execution and the last that ended. */
  readonly requests: RequestLog;
  readonly faults = new FaultPlan();
  readonly #compiler: KqlCompiler;
  readonly #nextVersion: () => number;
  readonly #allowedFolders: readonly string[];
  readonly #started: bigint;
  readonly #planner: QueryPlanner;
  readonly #closing = new AbortController();
  #settings: EndpointSettings;

  private constructor(
    store: Store,
    options: EndpointOptions,
    now: () => number,
    uuid: () => string,
    nextVersion: () => number,
  ) {
    this.store = store;
    this.#nextVersion = nextVersion;
    this.requests = new RequestLog(now);
    this.now = now;
    this.uuid = uuid;
    this.#compiler = options.compiler;
    this.#allowedFolders = options.allowedFolders ?? [];
    this.#planner = new QueryPlanner(options.compiler, standardLimits(options.truncation));
    this.#settings = changeSettings(defaultSettings, options.settings ?? {});
    this.faults.set(options.faults ?? [], options.faultSeed);
    this.#started = ticksOfMilliseconds(now());
  }

  static async open(options: EndpointOptions): Promise<Endpoint> {
    const now = options.now ?? Date.now;
    const uuid = options.uuid ?? randomUUID;
    let version = 0;
    const nextVersion = (): number => (version += 1);
    // The databases are there before the endpoint whose settings they follow.
    const opened: { endpoint?: Endpoint } = {};
    const store = await Store.open(options.dataDir, {
      memoryLimit: options.memoryLimit ?? '1GB',
      sqlPrelude: options.sqlPrelude,
      maximumQueries: options.maximumQueries ?? 64,
      now,
      uuid,
      nextVersion,
      cursorLagMs: () => opened.endpoint?.settings.cursorLagMs ?? 0,
    });
    opened.endpoint = new Endpoint(store, options, now, uuid, nextVersion);
    return opened.endpoint;
  }

  get settings(): EndpointSettings {
    return this.#settings;
  }

  /** Changes what the endpoint imitates, from the next request on. */
  change(change: SettingsChange): void {
    this.#settings = changeSettings(this.#settings, change);
  }

  /** Starts a query. The caller reads its results and closes it. @throws KustoServiceError */
  async query(
    request: EndpointRequest,
    protocol: Protocol,
    signal: AbortSignal,
    failAfter?: FailAfter,
  ): Promise<QueryRun> {
    if (isCommand(request.text)) {
      throw badRequest('The query endpoint takes queries; send a management command to /v1/rest/mgmt.');
    }
    const open = this.#begin(request, this.#caller(request), 'query');
    try {
      const either = AbortSignal.any([signal, open.signal]);
      return await this.#startQuery(request, protocol, either, open, failAfter);
    } catch (error) {
      open.finish(error);
      throw error;
    }
  }

  async #startQuery(
    request: EndpointRequest,
    protocol: Protocol,
    signal: AbortSignal,
    open: OpenRequest,
    failAfter: FailAfter | undefined,
  ): Promise<QueryRun> {
    const database = this.store.database(request.database);
    const plan = await this.#planner.plan(database, request, this.now(), this.#settings);
    return database.startQuery(plan.compilation, {
      ...plan.run,
      protocol,
      timeoutMs: request.timeoutMs,
      signal: AbortSignal.any([signal, this.#closing.signal]),
      onClose: (failure) => open.finish(failure),
      failAfter,
    });
  }

  /** Runs a management command. @throws KustoServiceError */
  async command(request: EndpointRequest): Promise<CommandTable> {
    if (!isCommand(request.text)) {
      throw badRequest(
        'The management endpoint takes commands, which start with a dot; send a query to /v2/rest/query.',
      );
    }
    const caller = this.#caller(request);
    const open = this.#begin(request, caller, 'command');
    try {
      const result = await this.#command(request, caller);
      open.finish();
      return result;
    } catch (error) {
      open.finish(error);
      throw error;
    }
  }

  async #command(request: EndpointRequest, caller: Caller): Promise<CommandTable> {
    const { command: text, query } = splitCommand(request.text);
    const command = parseCommand(text);
    if (request.readOnly && command.changes) {
      throw new KustoServiceError({
        message:
          'The request is read-only (request_readonly, x-ms-readonly or its token), and this command changes the database.',
        status: 403,
        code: 'Forbidden',
        type: 'Kusto.Data.Exceptions.KustoRequestDeniedException',
      });
    }
    if (query !== undefined && command.changes) {
      throw badRequest(
        'A query over the result of a command is possible for commands that only show something.',
      );
    }
    const result = await command.run({
      store: this.store,
      database: request.database,
      current: () => this.store.database(request.database),
      requests: this.requests,
      operationId: caller.activityId,
      user: caller.user,
      timeoutMs: request.timeoutMs,
      compile: async (database, text, selection) => {
        const compilation = await this.#compiler.compile({
          text,
          database: database.schema,
          parameters: request.parameters,
          ...(selection === undefined ? {} : { selection }),
        });
        refuseInCommand({ ...request.options, ...compilation.setOptions });
        if (!this.#settings.cursors) refuseCursors(compilation, text, noCursors);
        return compilation;
      },
      compileWith: (schema, text, checks) =>
        this.#compiler.compile({
          text,
          database: { ...schema, version: this.#nextVersion() },
          parameters: {},
          ...(checks === undefined ? {} : { checks }),
        }),
      rowsOf: (text) => this.#rowsOf({ ...request, text }, caller),
      execute: (text) => this.#command({ ...request, text }, caller),
      uuid: this.uuid,
      allowedFolders: this.#allowedFolders,
      now: this.#requestTime(request),
      started: this.#started,
    });
    if (query === undefined) return result;
    const named = this.store.databases.find(({ name }) => name === request.database);
    const database = named ?? this.store.database(defaultDatabase);
    const schema = withResult(database.schema, this.#nextVersion(), query.table, result);
    const { parameters } = request;
    const compilation = await this.#compiler.compile({ text: query.text, database: schema, parameters });
    return runTail(database, compilation, this.#requestTime(request), request.timeoutMs);
  }

  /** The result of a query, or of a command that only shows something, inside another command. */
  async #rowsOf(request: EndpointRequest, caller: Caller): Promise<CommandTable> {
    if (isCommand(request.text)) return this.#command({ ...request, readOnly: true }, caller);
    const database = this.store.database(request.database);
    const { text, parameters } = request;
    const compilation = await this.#compiler.compile({ text, database: database.schema, parameters });
    return runTail(database, compilation, this.#requestTime(request), request.timeoutMs);
  }

  /** Ends the queries in execution, then closes the databases. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#compiler.close();
    await this.store.close();
  }

  #caller(request: EndpointRequest): Caller {
    return (
      request.caller ?? {
        clientRequestId: `unspecified;${this.uuid()}`,
        activityId: this.uuid(),
        application: '',
        user: '',
      }
    );
  }

  #begin({ text, database }: EndpointRequest, caller: Caller, kind: 'command' | 'query'): OpenRequest {
    return this.requests.begin({ ...caller, kind, text, database });
  }

  #requestTime(request: EndpointRequest): bigint {
    return readDatetime(request.options, 'query_now') ?? ticksOfMilliseconds(this.now());
  }
}
