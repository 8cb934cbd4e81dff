import assert from 'node:assert/strict';
import { startCompiler } from '../src/compiler-start.ts';
import { KustoServiceError, startKustoLocal, type KustoLocal, type KustoLocalOptions } from '../src/index.ts';

/** One compiler for all endpoints of a test file: its parser takes a second to load and to get warm. */
let shared: ReturnType<typeof startCompiler> | undefined;
let endpoints = 0;

/** The shared compiler for one more endpoint, whose schema versions it keeps apart from the others'. */
function sharedCompiler(): ReturnType<typeof startCompiler> {
  const { compiler, sqlPrelude } = (shared ??= startCompiler());
  endpoints += 1;
  const firstVersion = endpoints * 1_000_000;
  return {
    sqlPrelude,
    compiler: {
      compile: (request) => {
        const { database: schema } = request;
        return compiler.compile({
          ...request,
          database: { ...schema, version: firstVersion + schema.version },
        });
      },
      // Its worker does not keep the process alive.
      close: () => Promise.resolve(),
    },
  };
}

/** A running endpoint with shorthands for its REST interface. */
export class Fixture implements AsyncDisposable {
  readonly kusto: KustoLocal;

  private constructor(kusto: KustoLocal) {
    this.kusto = kusto;
  }

  static async start(options: KustoLocalOptions = {}): Promise<Fixture> {
    return new Fixture(await startKustoLocal({ compiler: sharedCompiler(), ...options }));
  }

  post(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.kusto.url}${path}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    });
  }

  /** The text of a query's v2 answer, which must have the status 200. */
  async query(csl: string, options: Record<string, unknown> = {}, protocol = 'v2'): Promise<string> {
    const response = await this.post(`/${protocol}/rest/query`, { csl, properties: { Options: options } });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`status ${response.status}: ${text}`);
    return text;
  }

  /** The status and the error of a request that is to fail. */
  async failure(path: string, body: unknown): Promise<{ status: number; error: ServiceError }> {
    const response = await this.post(path, body);
    const parsed = (await response.json()) as { error: ServiceError };
    return { status: response.status, error: parsed.error };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kusto.close();
  }
}

export interface Asking {
  /** The rows of a query or command. */
  readonly rows: (text: string, name?: string) => Promise<readonly (readonly unknown[])[]>;
  /**
   * Checks that it is refused.
   * @param expected - the error's code, or what its message has to match
   * @param place - where in the text the error is: its offset, or what stands there
   */
  readonly refused: (text: string, expected: RegExp | string, place?: number | string) => Promise<void>;
}

/** What the tests of a file ask of the endpoint that they share, which is started in a `before`. */
export function asking(fixture: () => Fixture): Asking {
  return {
    rows: async (text, name = database) => (await fixture().kusto.execute(name, text)).rows,
    refused: (text, expected, place) =>
      assert.rejects(fixture().kusto.execute(database, text), (error) => {
        assert.ok(error instanceof KustoServiceError, `${text}: ${String(error)}`);
        if (typeof expected === 'string') assert.equal(error.code, expected);
        else assert.match(error.message, expected);
        if (place !== undefined) {
          const start = typeof place === 'string' ? text.indexOf(place) : place;
          assert.equal(error.span?.start, start, error.message);
        }
        return true;
      }),
  };
}

export interface ServiceError {
  readonly code: string;
  readonly message: string;
  readonly '@type': string;
  readonly '@message': string;
  readonly '@permanent': boolean;
  readonly '@context': Readonly<Record<string, unknown>>;
  readonly innererror?: Readonly<Record<string, unknown>>;
}

/** Options that give one frame a line. */
export const framesByLine = {
  results_v2_newlines_between_frames: true,
  results_v2_fragment_primary_tables: true,
  results_error_reporting_placement: 'end_of_table',
};

export const database = 'NetDefaultDB';
