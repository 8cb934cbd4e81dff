import { Worker } from 'node:worker_threads';
import { KustoServiceError } from '../errors.ts';
import { executionTimeout } from '../service-errors.ts';
import type { Compilation, CompileRequest } from '../types.ts';
import type { KqlCompiler } from './compiler.ts';
import { defaultMaxTextLength } from './limits.ts';
import { LruCache } from './lru-cache.ts';
import type { CompileMessage, WorkerMessage, WorkerOptions } from './worker-protocol.ts';

export interface KqlCompilerOptions {
  /** How long one text may take, in milliseconds; the time a new worker needs to warm up does not count. Default 10 000. */
  readonly timeoutMs?: number;
  /** The longest text, in characters. Default 524 288. */
  readonly maxTextLength?: number;
  /** How many compilations are remembered. Default 500; 0 remembers none. */
  readonly cacheSize?: number;
  /**
   * How long a text may take before those behind it go to a second worker, which is started when it is first needed; in
   * milliseconds. Default 2 000.
   */
  readonly patienceMs?: number;
  /** How long a worker may take to load and warm the parser, in milliseconds. Default 120 000. */
  readonly startTimeoutMs?: number;
}

interface Job {
  readonly request: CompileRequest;
  readonly resolve: (compilation: Compilation) => void;
  readonly reject: (error: unknown) => void;
}

/** A worker and what it knows. */
interface Lane {
  readonly worker: Worker;
  /** The version of each database that it was sent. */
  readonly versions: Map<string, number>;
  ready: boolean;
}

function internalError(
  message: string,
  options: { readonly permanent: boolean; readonly cause?: unknown } = { permanent: false },
): KustoServiceError {
  return new KustoServiceError({
    message,
    status: 520,
    code: 'Internal service error',
    type: 'Kusto.DataNode.Exceptions.InternalServiceException',
    ...options,
  });
}

/** How many times in a row a worker may die before it was ready; then requests fail instead of starting another for ever. */
const maxFailedStarts = 3;

class WorkerCompiler implements KqlCompiler {
  readonly #timeoutMs: number;
  readonly #startTimeoutMs: number;
  readonly #options: WorkerOptions;
  readonly #cache: LruCache<Compilation>;
  readonly #queue: Job[] = [];
  readonly #patienceMs: number;
  readonly #startStandby: (() => KqlCompiler) | undefined;
  #standby: KqlCompiler | undefined;
  #lane: Lane | undefined;
  #active: Job | undefined;
  #activeSince = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #failedStarts = 0;

  constructor(options: KqlCompilerOptions, startStandby?: () => KqlCompiler) {
    this.#patienceMs = options.patienceMs ?? 2000;
    this.#startStandby = startStandby;
    this.#timeoutMs = options.timeoutMs ?? 10_000;
    this.#startTimeoutMs = options.startTimeoutMs ?? 120_000;
    this.#options = { maxTextLength: options.maxTextLength ?? defaultMaxTextLength };
    this.#cache = new LruCache(options.cacheSize ?? 500);
    this.#start();
  }

  compile(request: CompileRequest): Promise<Compilation> {
    const key = JSON.stringify([
      request.database.name,
      request.database.version,
      request.text,
      request.view ?? null,
      request.checks,
      request.selection ?? null,
      request.discovered ?? null,
      Object.entries(request.parameters).sort(([a], [b]) => (a < b ? -1 : 1)),
    ]);
    const known = this.#cache.get(key);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise<Compilation>((resolve, reject) => {
      if (this.#closed) {
        reject(internalError('the query compiler is closed'));
        return;
      }
      this.#queue.push({
        request,
        resolve: (compilation) => {
          this.#cache.set(key, compilation);
          resolve(compilation);
        },
        reject,
      });
      this.#pump();
      if (this.#active !== undefined && performance.now() - this.#activeSince >= this.#patienceMs) {
        this.#passOn();
      }
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const lane = this.#lane;
    this.#drop();
    for (const job of this.#takeAll()) job.reject(internalError('the query compiler is closed'));
    await lane?.worker.terminate();
    await this.#standby?.close();
  }

  /** Gives what waits behind a slow text to the second worker. */
  #passOn(): void {
    if (this.#startStandby === undefined || this.#queue.length === 0) return;
    const standby = (this.#standby ??= this.#startStandby());
    for (const { request, resolve, reject } of this.#queue.splice(0)) {
      standby.compile(request).then(resolve, reject);
    }
  }

  #takeAll(): readonly Job[] {
    const jobs = this.#active === undefined ? [] : [this.#active];
    this.#active = undefined;
    return [...jobs, ...this.#queue.splice(0)];
  }

  /** Forgets the worker: whatever it still says is ignored. */
  #drop(): void {
    clearTimeout(this.#timer);
    this.#lane = undefined;
  }

  #start(): void {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    const worker = new Worker(new URL(`./worker.${extension}`, import.meta.url), {
      workerData: this.#options,
      // Deep but legal texts recurse in the parser; the default stack of a thread is small.
      resourceLimits: { stackSizeMb: 32, maxOldGenerationSizeMb: 1024 },
    });
    const lane: Lane = { worker, versions: new Map(), ready: false };
    this.#lane = lane;
    worker.unref();
    worker.on('message', (message: WorkerMessage) => {
      if (this.#lane === lane) this.#receive(lane, message);
    });
    worker.on('error', (error: unknown) => {
      this.#lost(lane, error instanceof Error ? error.message : String(error));
    });
    worker.on('exit', (code) => {
      this.#lost(lane, `exit code ${code}`);
    });
    this.#timer = setTimeout(() => {
      this.#lost(lane, 'it did not get ready in time');
      void worker.terminate();
    }, this.#startTimeoutMs).unref();
  }

  /** The worker died (or is given up): the request in work ends with an error, the others go to a new one. */
  #lost(lane: Lane, reason: string): void {
    if (this.#lane !== lane) return;
    this.#drop();
    this.#active?.reject(internalError(`the query compiler failed: ${reason}`));
    this.#active = undefined;
    this.#failedStarts = lane.ready ? 0 : this.#failedStarts + 1;
    if (this.#failedStarts >= maxFailedStarts) {
      this.#failedStarts = 0;
      for (const job of this.#takeAll()) {
        job.reject(internalError(`the query compiler does not start: ${reason}`));
      }
      return;
    }
    this.#start();
    this.#pump();
  }

  #receive(lane: Lane, message: WorkerMessage): void {
    clearTimeout(this.#timer);
    const job = this.#active;
    switch (message.kind) {
      case 'ready':
        lane.ready = true;
        this.#failedStarts = 0;
        break;
      case 'compiled':
        this.#active = undefined;
        job?.resolve(message.compilation);
        break;
      case 'refused': {
        this.#active = undefined;
        const { innerCode, span, ...rest } = message.error;
        job?.reject(
          new KustoServiceError({
            ...rest,
            ...(innerCode === undefined ? {} : { innerCode }),
            ...(span === undefined ? {} : { span }),
          }),
        );
        break;
      }
      case 'failed':
      default:
        this.#active = undefined;
        // The stack is for the log: it names paths of this machine, which are not the client's business.
        job?.reject(
          internalError(`the query could not be compiled: ${message.message}`, {
            permanent: true,
            cause: message.stack,
          }),
        );
        break;
    }
    this.#pump();
  }

  #pump(): void {
    if (this.#closed || this.#active !== undefined) return;
    if (this.#lane === undefined && this.#queue.length > 0) this.#start();
    const lane = this.#lane;
    if (lane === undefined) return;
    if (this.#queue.length === 0) {
      lane.worker.unref();
      return;
    }
    lane.worker.ref();
    if (!lane.ready) return;
    const job = this.#queue.shift();
    if (job === undefined) return;
    this.#active = job;
    this.#activeSince = performance.now();
    setTimeout(() => {
      if (this.#active === job) this.#passOn();
    }, this.#patienceMs).unref();
    const { text, parameters, database, view, checks, selection, discovered } = job.request;
    const known = lane.versions.get(database.name) === database.version;
    lane.versions.set(database.name, database.version);
    const message: CompileMessage = {
      text,
      parameters,
      ...(checks === undefined ? {} : { checks }),
      ...(selection === undefined ? {} : { selection }),
      databaseName: database.name,
      database: known ? undefined : database,
      view,
      discovered,
    };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    lane.worker.postMessage(message);
    this.#timer = setTimeout(() => {
      this.#expire(lane);
    }, this.#timeoutMs);
  }

  #expire(lane: Lane): void {
    const job = this.#active;
    this.#drop();
    this.#active = undefined;
    void lane.worker.terminate();
    job?.reject(
      executionTimeout(
        this.#timeoutMs,
        'before the query was compiled: a text with fewer literals takes less',
      ),
    );
    this.#start();
    this.#pump();
  }
}

/**
 * A compiler whose work is done in a worker thread. The worker is started and warmed at once (some seconds); requests wait for
 * it. A text over the time limit ends with an error, and the worker is replaced.
 */
export function createKqlCompiler(options: KqlCompilerOptions = {}): KqlCompiler {
  return new WorkerCompiler(options, () => new WorkerCompiler(options));
}
