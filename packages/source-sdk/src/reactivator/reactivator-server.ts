import type { FastifyInstance } from 'fastify';
import { MAX_HAND_OVER_BYTES } from '../contracts.ts';
import type { Logger } from '../contracts.ts';
import { ErrorCode, SourceError, isFatal, messageOf } from '../errors.ts';
import { HttpError, createServer, jsonObject, listen, stringList } from '../http/server.ts';
import type { ServerAddress } from '../http/server.ts';
import type { SessionBook } from '../sessions/session-book.ts';

export interface ReactivatorServerOptions {
  readonly host: string;
  readonly port: number;
  readonly sessions: SessionBook;
  readonly health: () => string | undefined;
  readonly ready: () => boolean;
  readonly deprovision: () => Promise<void>;
  readonly logger: Logger;
}

const MAX_ID = 100;

// What the client is to do decides the status: repeat later, or give up.
function sessionError(error: unknown): unknown {
  if (!(error instanceof SourceError) || error instanceof HttpError) return error;
  if (error.code === ErrorCode.UnknownSession) return new HttpError(404, error.code, error.message);
  return new HttpError(503, error.code, error.message, { cause: error });
}

// Refused for good is 422; 503 means that it may be repeated.
function handOverError(error: unknown): unknown {
  if (error instanceof SourceError && error.code === ErrorCode.UnknownSession) return sessionError(error);
  const code = error instanceof SourceError ? error.code : ErrorCode.NotReady;
  // Another reactivator has the source: the next attempt reaches that one.
  const final = isFatal(error) && code !== ErrorCode.AnotherReactivator;
  return new HttpError(final ? 422 : 503, code, messageOf(error), { cause: error });
}

/** The reactivator's HTTP server: deprovisioning, health, and the sessions of bootstraps in other processes. */
export class ReactivatorServer {
  readonly #options: ReactivatorServerOptions;
  readonly #app: FastifyInstance;
  #address: ServerAddress | undefined;

  constructor(options: ReactivatorServerOptions) {
    this.#options = options;
    this.#app = createServer({ bodyLimit: 256 * 1024 });
    this.#healthRoutes();
    this.#sessionRoutes();
    this.#handOverRoute();
    this.#app.post('/deprovision', async (_request, reply) => {
      try {
        await options.deprovision();
      } catch (error) {
        options.logger.error('deprovisioning failed', { error: messageOf(error) });
        throw error;
      }
      return reply.code(204).send();
    });
  }

  get address(): ServerAddress | undefined {
    return this.#address;
  }

  async start(): Promise<void> {
    this.#address = await listen(this.#app, this.#options.host, this.#options.port);
  }

  async stop(): Promise<void> {
    this.#app.server.closeIdleConnections();
    await this.#app.close();
  }

  #healthRoutes(): void {
    const { health, ready } = this.#options;
    this.#app.get('/healthz', (_request, reply) => {
      const problem = health();
      return reply
        .code(problem === undefined ? 200 : 503)
        .send(problem === undefined ? { status: 'ok' } : { status: problem });
    });
    this.#app.get('/readyz', (_request, reply) => reply.code(ready() ? 200 : 503).send({ ready: ready() }));
  }

  #sessionRoutes(): void {
    const { sessions } = this.#options;
    this.#app.post('/bootstrap-sessions', async (request, reply) => {
      const body = jsonObject(request.body);
      const labels = stringList(body, 'labels');
      const proposed = body['id'];
      if (
        proposed !== undefined &&
        (typeof proposed !== 'string' || proposed === '' || proposed.length > MAX_ID)
      )
        throw new HttpError(400, ErrorCode.BadRequest, `"id" must be a string of 1 to ${MAX_ID} characters`);
      try {
        const id = await sessions.open(labels, proposed);
        return await reply.code(200).send({ id });
      } catch (error) {
        void reply.header('retry-after', '1');
        throw sessionError(error);
      }
    });
    this.#app.get('/bootstrap-sessions/checkpoint', (_request, reply) => {
      try {
        return reply.code(200).send({ checkpoint: sessions.checkpoint });
      } catch (error) {
        throw sessionError(error);
      }
    });
    const verbs = {
      renew: (id: string): void => sessions.renew(id),
      close: (id: string): Promise<void> => sessions.close(id),
      abandon: (id: string): Promise<void> => sessions.abandon(id),
    };
    for (const [verb, act] of Object.entries(verbs)) {
      this.#app.post<{ Params: { id: string } }>(
        `/bootstrap-sessions/:id/${verb}`,
        async (request, reply) => {
          try {
            await act(request.params.id);
          } catch (error) {
            throw sessionError(error);
          }
          return reply.code(204).send();
        },
      );
    }
  }

  #handOverRoute(): void {
    const { sessions } = this.#options;
    // In a scope of its own: everywhere else a body is text, whatever its type says.
    void this.#app.register((scope, _options, registered) => {
      scope.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
        done(null, body),
      );
      scope.post<{ Params: { id: string } }>(
        '/bootstrap-sessions/:id/hand-over',
        { bodyLimit: MAX_HAND_OVER_BYTES },
        async (request, reply) => {
          const { body } = request;
          if (!Buffer.isBuffer(body))
            throw new HttpError(400, ErrorCode.BadRequest, 'the body must be an application/octet-stream');
          try {
            await sessions.handOver(request.params.id, body);
          } catch (error) {
            throw handOverError(error);
          }
          return reply.code(204).send();
        },
      );
      registered();
    });
  }
}
