import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { systemClock } from '../clock.ts';
import type { BootstrapRequest } from '../contracts.ts';
import { checkSourceId } from '../environment.ts';
import { ErrorCode, SourceError } from '../errors.ts';
import { HttpError, createServer, errorBody, jsonObject, listen, stringList } from '../http/server.ts';
import type { ServerAddress } from '../http/server.ts';
import { silentLogger } from '../silent-logger.ts';
import { receivedContext, traceContext } from '../tracing.ts';
import { AcquireSink } from './acquire-sink.ts';
import { BootstrapRun, ReaderLeft } from './bootstrap-run.ts';
import type { BootstrapRunOptions, ElementSink } from './bootstrap-run.ts';
import { AnswerBody } from './element-writer.ts';
import { NdjsonSink } from './ndjson-sink.ts';
import type { SourceProxyOptions } from './source-proxy-options.ts';

interface Format {
  readonly contentType: string;
  readonly sink: (body: AnswerBody, request: BootstrapRequest) => ElementSink;
}

const MEGABYTE = 1024 * 1024;

/**
 * The bootstrap service of a source: `POST /acquire-stream` and the platform's other ways to ask for the present state.
 *
 * An answer that ends cleanly is complete. A failure before the first byte is a 4xx or 5xx; after it comes a line
 * `{"error":"…"}`, which the platform's query host refuses, and then a cut connection, which every other reader notices.
 */
export class SourceProxy {
  readonly #options: SourceProxyOptions;
  readonly #app: FastifyInstance;
  readonly #run: BootstrapRunOptions;
  readonly #running = new Map<
    Promise<void>,
    { readonly run: BootstrapRun; readonly controller: AbortController }
  >();
  #address: ServerAddress | undefined;
  #stopping = false;

  constructor(options: SourceProxyOptions) {
    checkSourceId(options.sourceId);
    this.#options = options;
    this.#run = {
      sourceId: options.sourceId,
      bootstrap: options.bootstrap,
      sessions: options.sessions,
      sessionOpenTimeoutMs: options.sessionOpenTimeoutMs ?? 240_000,
      sessionRenewMs: options.sessionRenewMs ?? 10_000,
      poisonWaitMs: options.poisonWaitMs ?? 5_000,
      clock: options.clock ?? systemClock,
      logger: options.logger ?? silentLogger,
    };
    this.#app = createServer({ bodyLimit: options.bodyLimit ?? MEGABYTE });
    this.#routes();
  }

  /** Where the service listens, once it does. */
  get address(): ServerAddress | undefined {
    return this.#address;
  }

  /** How many bootstraps are being answered. */
  get active(): number {
    return this.#running.size;
  }

  async start(): Promise<ServerAddress> {
    this.#address = await listen(this.#app, this.#options.host ?? '127.0.0.1', this.#options.port);
    return this.#address;
  }

  /** Refuses new bootstraps, lets the present ones end within the grace period, breaks the others visibly, and closes. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const running = [...this.#running.keys()];
    if (running.length > 0) {
      const early = new AbortController();
      const all = Promise.allSettled(running).then(() => early.abort());
      await Promise.race([
        all,
        this.#run.clock.sleep(this.#options.graceMs ?? 10_000, early.signal).catch(() => undefined),
      ]);
      const reason = new SourceError(ErrorCode.Stopping, 'the service is stopping');
      for (const { controller } of this.#running.values()) controller.abort(reason);
      await all;
    }
    const closed = this.#app.close();
    this.#app.server.closeAllConnections();
    await closed;
  }

  #routes(): void {
    const ndjson: Format = { contentType: 'application/x-ndjson', sink: (body) => new NdjsonSink(body) };
    const spoolBytes = this.#options.acquireSpoolBytes ?? 32 * MEGABYTE;
    const legacy: Format = {
      contentType: 'application/json',
      sink: (body, request) =>
        new AcquireSink(body, { spoolBytes, relationsOnly: request.nodeLabels.length === 0 }),
    };
    this.#app.post('/acquire-stream', (request, reply) => this.#bootstrap(request, reply, ndjson));
    // What drasi-lib's platform bootstrapper calls: the same answer without a query API in between.
    this.#app.post('/subscription', (request, reply) => this.#bootstrap(request, reply, ndjson));
    this.#app.post('/acquire', (request, reply) => this.#bootstrap(request, reply, legacy));
    this.#app.route({
      method: ['GET', 'POST'],
      url: '/supports-stream',
      handler: (_request, reply) => reply.code(204).send(),
    });
    this.#app.get('/healthz', (_request, reply) =>
      reply.code(200).send({
        status: 'ok',
        bootstraps: [...this.#running.values()].flatMap(({ run }) => run.progress ?? []),
      }),
    );
    this.#app.get('/readyz', (_request, reply) =>
      reply.code(this.#stopping ? 503 : 200).send({ ready: !this.#stopping }),
    );
  }

  async #bootstrap(request: FastifyRequest, reply: FastifyReply, format: Format): Promise<void> {
    const wanted = this.#owned(request.body);
    if (this.#stopping) throw new HttpError(503, ErrorCode.Stopping, 'the service is stopping');
    const controller = new AbortController();
    const { raw } = reply;
    raw.once('close', () => {
      if (!raw.writableFinished) controller.abort(new ReaderLeft());
    });
    reply.hijack();
    const run = new BootstrapRun(this.#run);
    const begin = (): Promise<void> => this.#answer(run, wanted, reply, format, controller.signal);
    const context = receivedContext(request.headers);
    const answer = context === undefined ? begin() : traceContext.run(context, begin);
    this.#running.set(answer, { run, controller });
    try {
      await answer;
    } finally {
      this.#running.delete(answer);
    }
  }

  async #answer(
    run: BootstrapRun,
    wanted: BootstrapRequest,
    reply: FastifyReply,
    format: Format,
    signal: AbortSignal,
  ): Promise<void> {
    const { raw } = reply;
    const body = new AnswerBody(raw, format.contentType, signal);
    try {
      const sink = format.sink(body, wanted);
      if (wanted.nodeLabels.length + wanted.relLabels.length === 0) await sink.end();
      else await run.answer(wanted, body, sink, signal);
    } catch (error) {
      if (raw.headersSent || raw.destroyed) return;
      const status = error instanceof HttpError ? error.statusCode : 500;
      raw.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      raw.end(JSON.stringify(errorBody(error)));
    }
  }

  /** The labels of a request that are this source's. */
  #owned(body: unknown): BootstrapRequest {
    const object = jsonObject(body);
    const { nodes, relations } = this.#options.ownedLabels;
    const pick = (asked: readonly string[], owned: readonly string[]): readonly string[] =>
      [...new Set(asked)].filter((label) => owned.includes(label));
    return {
      nodeLabels: pick(stringList(object, 'nodeLabels'), nodes),
      relLabels: pick(stringList(object, 'relLabels'), relations),
    };
  }
}
