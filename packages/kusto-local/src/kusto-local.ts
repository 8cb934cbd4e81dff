import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { isCommand } from './commands/parse-command.ts';
import { Endpoint, type EndpointOptions, type EndpointRequest } from './endpoint/endpoint.ts';
import type { Ingestion } from './engine/changes/ingestion.ts';
import type { ExpiredExtents } from './engine/changes/retention.ts';
import { parseJsonExact } from './formats/json-values.ts';
import { parseRows } from './formats/rows.ts';
import { retain } from './http/admin-retention.ts';
import { rowsJson } from './http/tables.ts';
import { createServer, type ServerOptions } from './http/server.ts';
import { readFaultRules, type FaultRule } from './faults/fault-rule.ts';
import type { RuleState } from './faults/fault-plan.ts';
import { lowerCaseNames } from './request-properties/option-values.ts';
import type { SettingsChange } from './endpoint/settings.ts';
import type { Column, KustoType } from './types.ts';

/** Rows to ingest: CSV text, or objects by column name. */
export type IngestData = Iterable<Readonly<Record<string, unknown>>> | string;

/**
 * A value as {@link KustoLocal.execute} gives it: long is a bigint; datetime, timespan, guid and decimal are the
 * service's text, as are a real's NaN and infinities; dynamic is the parsed JSON.
 */
export type ResultValue = unknown;

export interface ExecuteResult {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly ResultValue[])[];
}

/** Kusto's request properties by name, for example `{ query_now: '2026-01-31T12:00:00Z' }`. */
export type RequestOptions = Readonly<Record<string, unknown>>;

export interface StartOptions extends EndpointOptions {
  readonly host: string;
  readonly port: number;
  readonly server: ServerOptions;
  readonly logger?: { error(message: string, error: Error): void };
}

/** A running endpoint. */
export class KustoLocal {
  /** `http://host:port`, for a client's connection string. */
  readonly url: string;
  readonly port: number;
  readonly #endpoint: Endpoint;
  readonly #server: FastifyInstance;

  private constructor(endpoint: Endpoint, server: FastifyInstance, address: AddressInfo) {
    this.#endpoint = endpoint;
    this.#server = server;
    this.port = address.port;
    this.url = `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
  }

  static async start(options: StartOptions): Promise<KustoLocal> {
    const { logger } = options;
    let endpoint: Endpoint;
    try {
      endpoint = await Endpoint.open(options);
    } catch (error) {
      await options.compiler.close();
      throw error;
    }
    const server = createServer(endpoint, {
      ...options.server,
      ...(logger === undefined ? {} : { onError: (error) => logger.error('A request failed inside', error) }),
    });
    try {
      await server.listen({ host: options.host, port: options.port });
    } catch (error) {
      await server.close();
      await endpoint.close();
      throw error;
    }
    return new KustoLocal(endpoint, server, server.server.address() as AddressInfo);
  }

  /** Ingests rows into an existing table, in one commit. @throws KustoServiceError */
  async ingest(database: string, table: string, data: IngestData): Promise<Ingestion> {
    const target = this.#endpoint.store.database(database);
    if (typeof data !== 'string') return target.ingestObjects(table, data);
    return target.ingest(table, (columns) =>
      parseRows(data, columns, { format: 'csv', ignoreFirstRecord: false }),
    );
  }

  /**
   * Runs a query or a management command; a query's first result, whole in memory. Results are limited as over HTTP:
   * `{ notruncation: true }` lifts that.
   *
   * @throws KustoServiceError
   */
  async execute(database: string, text: string, options: RequestOptions = {}): Promise<ExecuteResult> {
    const request: EndpointRequest = {
      database,
      text,
      parameters: {},
      readOnly: false,
      timeoutMs: 600_000,
      options: lowerCaseNames(options),
    };
    if (isCommand(text)) {
      const { columns, rows } = await this.#endpoint.command(request);
      return { columns, rows: parseResult(columns, rowsJson(columns, rows)) };
    }
    const run = await this.#endpoint.query(request, 'v2', new AbortController().signal);
    try {
      const columns = run.compilation.results[0]?.columns ?? [];
      const rows: (readonly ResultValue[])[] = [];
      for await (const batch of run.rows(0)) rows.push(...parseResult(columns, `[${batch.json}]`));
      return { columns, rows };
    } finally {
      await run.close();
    }
  }

  /**
   * Replaces the faults that happen to requests over HTTP, as `POST /admin/faults` does; the counts of `nth` begin anew.
   *
   * @throws KustoServiceError when a rule is wrong
   */
  setFaults(rules: readonly FaultRule[], seed = 0): void {
    this.#endpoint.faults.set(readFaultRules(rules), seed);
  }

  /** The rules, with how often each matched and was applied. */
  get faults(): readonly RuleState[] {
    return this.#endpoint.faults.rules;
  }

  /** Changes what the endpoint imitates of a busy service, as `POST /admin/settings` does. */
  change(settings: SettingsChange): void {
    this.#endpoint.change(settings);
  }

  /** Gives the rows that wait for their cursor values (`cursorLagMs`) these at once. */
  async commitCursors(): Promise<void> {
    for (const database of this.#endpoint.store.databases) await database.commitCursors();
  }

  /**
   * Drops what the retention policies of a database's tables, or of one of them, no longer keep: as `POST /admin/retention`.
   * It is never done on its own.
   *
   * @throws KustoServiceError
   */
  applyRetention(database: string, table?: string): Promise<readonly ExpiredExtents[]> {
    return retain(this.#endpoint, database, table);
  }

  /** How many queries are in execution, or being read. */
  get runningQueries(): number {
    return this.#endpoint.store.databases.reduce((sum, { queries }) => sum + queries.leased, 0);
  }

  /** Ends open requests, the compiler and the databases. */
  async close(): Promise<void> {
    await this.#server.close();
    await this.#endpoint.close();
  }
}

function parseResult(columns: readonly Column[], json: string): ResultValue[][] {
  const rows = parseJsonExact(json) as unknown[][];
  return rows.map((row) => row.map((value, ordinal) => resultValue(columns[ordinal]?.type, value)));
}

function resultValue(type: KustoType | undefined, value: unknown): ResultValue {
  return type === 'long' && value !== null ? BigInt(JSON.stringify(value)) : value;
}
