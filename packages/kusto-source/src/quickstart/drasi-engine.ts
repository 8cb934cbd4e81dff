import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { KustoSourceError } from '../errors.ts';
import { asObject, parseExact, stringifyExact, type ExactValue, type Row } from './exact-json.ts';
import { ndjsonLines } from './ndjson-lines.ts';

export interface EngineQuery {
  readonly id: string;
  readonly cypher: string;
  /**
   * An element that this query matches and no other query of the engine does, and whose result row holds
   * {@link markToken}. It makes marks exact: see `drasi_engine.py`.
   */
  readonly probe: {
    readonly labels: readonly string[];
    readonly properties: { readonly [key: string]: string | number };
  };
}

/** The text that marks the row of a probe. No data may hold it as a whole value. */
export const markToken = '#drasi-kusto-mark';

export interface QueryResult {
  readonly query: string;
  /** The first result of a group of an aggregation is an ADD, later ones are UPDATEs; a group is never deleted. */
  readonly type: 'ADD' | 'UPDATE' | 'DELETE';
  readonly before: Row | undefined;
  readonly after: Row | undefined;
}

export interface EngineOptions {
  /** The Python to run, 3.10 or newer. */
  readonly python: string;
  /** The folder that holds the package `drasi`. */
  readonly packages: string;
  readonly queries: readonly EngineQuery[];
  readonly sourceId: string;
  /** Called in order. The engine is not read on until a promise it returns is settled. */
  readonly onResult: (result: QueryResult) => void | Promise<void>;
  /** The engine ended by itself. */
  readonly onExit?: (reason: Error) => void;
  /** Kills the engine. */
  readonly signal?: AbortSignal;
}

/** A Drasi engine that runs continuous queries in a process of its own. Calls take effect in the order they are made. */
export interface DrasiEngine {
  /**
   * Upserts elements of a bootstrap: JSON texts as the proxy sends them, one a line, each id once. Resolves when the pipe
   * took them; {@link mark} tells when the queries have.
   */
  elements(lines: readonly Uint8Array[]): Promise<void>;
  /** Changes in Drasi's wire form, one JSON text each. Resolves when the pipe took them. */
  changes(changes: readonly Uint8Array[]): Promise<void>;
  /** Results are reported from here on. Before it the engine only builds its state up. */
  listen(): Promise<void>;
  /** Resolves once every query is through with all before it, and the results of it were handed to `onResult`. */
  mark(): Promise<void>;
  /** The rows of a query's current result, in no order. */
  results(query: string): Promise<readonly Row[]>;
  /** Ends the engine. Never throws. */
  close(): Promise<void>;
}

const bridge = fileURLToPath(new URL('drasi_engine.py', import.meta.url));
const elementHead = Buffer.from('{"kind":"element","element":');
const changeHead = Buffer.from('{"kind":"change","change":');
const tail = Buffer.from('}\n');
const batchBytes = 64 * 1024;

/**
 * Starts the engine and its queries.
 * @throws KustoSourceError QUICKSTART when it does not start
 */
export async function startDrasiEngine(options: EngineOptions): Promise<DrasiEngine> {
  options.signal?.throwIfAborted();
  const engine = new EngineProcess(options);
  try {
    await engine.start(options);
  } catch (error) {
    await engine.close();
    throw error;
  }
  return engine;
}

interface Waiting {
  readonly resolve: (message: { [key: string]: ExactValue }) => void;
  readonly reject: (reason: Error) => void;
}

class EngineProcess implements DrasiEngine {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #onResult: EngineOptions['onResult'];
  readonly #onExit: EngineOptions['onExit'];
  readonly #waiting = new Map<string, Waiting>();
  readonly #exited: Promise<void>;
  #failure: Error | undefined;
  #lastWords = '';
  #closing = false;
  #requests = 0;

  constructor({ python, packages, onResult, onExit, signal }: EngineOptions) {
    this.#onResult = onResult;
    this.#onExit = onExit;
    this.#child = spawn(python, ['-u', bridge], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' },
      ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = `${this.#lastWords}${text}`.slice(-2000);
    });
    // A write to an engine that is gone fails by its callback; without a listener it would end this process.
    this.#child.stdin.on('error', () => {});
    this.#exited = this.#run();
  }

  async start({ queries, sourceId }: EngineOptions): Promise<void> {
    const started = this.#answer('started');
    await this.#write(
      Buffer.from(`${JSON.stringify({ kind: 'start', source: sourceId, queries, token: markToken })}\n`),
    );
    await started;
  }

  elements(lines: readonly Uint8Array[]): Promise<void> {
    return this.#writeWrapped(elementHead, lines);
  }

  changes(changes: readonly Uint8Array[]): Promise<void> {
    return this.#writeWrapped(changeHead, changes);
  }

  listen(): Promise<void> {
    return this.#write(Buffer.from('{"kind":"listen"}\n'));
  }

  async mark(): Promise<void> {
    await this.#request('mark', {});
  }

  async results(query: string): Promise<readonly Row[]> {
    const { rows } = await this.#request('results', { query });
    return Array.isArray(rows) ? rows.map((row) => asObject(row) ?? {}) : [];
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#child.stdin.end();
    const late = setTimeout(() => this.#child.kill('SIGKILL'), 2000);
    await this.#exited;
    clearTimeout(late);
  }

  async #request(kind: string, parameters: Record<string, string>): Promise<{ [key: string]: ExactValue }> {
    this.#requests += 1;
    const id = this.#requests;
    const answer = this.#answer(`${kind}:${id}`);
    await this.#write(Buffer.from(`${JSON.stringify({ kind, id, ...parameters })}\n`));
    return answer;
  }

  #answer(key: string): Promise<{ [key: string]: ExactValue }> {
    const answer = new Promise<{ [key: string]: ExactValue }>((resolve, reject) => {
      if (this.#failure === undefined) this.#waiting.set(key, { resolve, reject });
      else reject(this.#failure);
    });
    // The write that asks may fail first: its error is the one to report.
    answer.catch(() => {});
    return answer;
  }

  async #writeWrapped(head: Buffer, texts: readonly Uint8Array[]): Promise<void> {
    let parts: Uint8Array[] = [];
    let bytes = 0;
    for (const text of texts) {
      parts.push(head, text, tail);
      bytes += head.length + text.length + tail.length;
      if (bytes < batchBytes) continue;
      await this.#write(Buffer.concat(parts));
      parts = [];
      bytes = 0;
    }
    if (parts.length > 0) await this.#write(Buffer.concat(parts));
  }

  /** Resolves when the pipe took it: an engine that is busy slows its writer down. */
  async #write(bytes: Buffer): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const error = await new Promise<Error | null | undefined>((resolve) => {
      this.#child.stdin.write(bytes, resolve);
    });
    if (error == null) return;
    // The pipe is broken because the engine ended: that says more than the pipe does.
    await this.#exited;
    throw this.#failure ?? error;
  }

  async #run(): Promise<void> {
    const ended = new Promise<string>((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('close', (code, signal) =>
        resolve(signal === null ? `exit code ${code}` : `ended by ${signal}`),
      );
    });
    let reason: string | undefined;
    try {
      for await (const lines of ndjsonLines(this.#child.stdout))
        for (const line of lines) {
          const message = asObject(parseExact(line.toString('utf8'))) ?? {};
          if (message['kind'] === 'failed') reason = stringifyExact(message['message'] ?? null);
          else await this.#receive(message);
        }
    } catch (error) {
      reason ??= error instanceof Error ? error.message : String(error);
      this.#child.kill('SIGKILL');
    }
    const how = await ended;
    const said = this.#lastWords.trim().split('\n').at(-1) ?? '';
    this.#failure = new KustoSourceError(
      'QUICKSTART',
      `the Drasi engine stopped: ${reason ?? how}${reason === undefined && said !== '' ? ` (${said})` : ''}`,
    );
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
    if (!this.#closing) this.#onExit?.(this.#failure);
  }

  async #receive(message: { [key: string]: ExactValue }): Promise<void> {
    const { kind, id } = message;
    if (kind === 'result') {
      const { query, type, before, after } = message;
      if (typeof query === 'string' && (type === 'ADD' || type === 'UPDATE' || type === 'DELETE'))
        await this.#onResult({ query, type, before: asObject(before), after: asObject(after) });
      return;
    }
    if (typeof kind !== 'string') return;
    const key = typeof id === 'number' ? `${kind}:${id}` : kind;
    this.#waiting.get(key)?.resolve(message);
    this.#waiting.delete(key);
  }
}
