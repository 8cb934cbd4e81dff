import { pipeline, Readable } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Endpoint } from '../endpoint.ts';
import type { Caller } from '../engine/request-log.ts';
import { asServiceError } from '../engine/service-errors.ts';
import { KustoServiceError } from '../errors.ts';
import type { Protocol } from '../engine/encode-rows.ts';
import { mergeOptions } from '../options/query-options.ts';
import { authMetadata } from './auth-metadata.ts';
import { errorBody, type RequestIdentity } from './error-body.ts';
import { readLayout } from './layout.ts';
import { PrimedRows } from './primed-rows.ts';
import { parseRequest, readRequest, type ParsedRequest } from './request.ts';
import { commandResponse, responseV1 } from './response-v1.ts';
import { responseV2, type ResponseContext } from './response-v2.ts';

export interface ServerOptions {
  /** Largest request body in bytes, before or after decompression. Default 16 MB. */
  readonly bodyLimit?: number;
  /** Called with what failed inside, as opposed to what a client did wrong. */
  readonly onError?: (error: Error) => void;
}

const jsonType = 'application/json; charset=utf-8';

/** The routes of Kusto's REST interface (its pages "Query/management HTTP request" and "… response"). */
export function createServer(endpoint: Endpoint, options: ServerOptions): FastifyInstance {
  const server = fastify({
    bodyLimit: options.bodyLimit ?? 16 * 1024 * 1024,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
  });
  const requests = new RequestLog(endpoint);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  server.addHook('onRequest', async (request, reply) => {
    const { clientRequestId, activityId } = requests.begin(request);
    void reply.header('x-ms-client-request-id', clientRequestId).header('x-ms-activity-id', activityId);
  });
  server.addHook('preParsing', async (request, _reply, payload) =>
    request.headers['content-encoding'] === 'gzip' ? decompressed(payload) : payload,
  );
  server.setErrorHandler((error, request, reply) => {
    const failure = httpError(error as FastifyError);
    if (failure.status >= 500) options.onError?.(failure);
    return sendError(reply, failure, requests.of(request), textOf(request));
  });
  server.setNotFoundHandler((request, reply) => {
    const message = `There is no ${request.method} ${request.url.split('?')[0] ?? ''} at this endpoint.`;
    const failure = new KustoServiceError({ message, status: 404, code: 'NotFound' });
    return sendError(reply, failure, requests.of(request), '');
  });
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/v1/rest/ping', async () => ({ status: 'ok' }));
  server.get('/v1/rest/auth/metadata', async () => authMetadata);
  for (const protocol of ['v1', 'v2'] as const) {
    server.route({
      method: ['GET', 'POST'],
      url: `/${protocol}/rest/query`,
      handler: (request, reply) => answerQuery(endpoint, protocol, request, reply, requests.of(request)),
    });
  }
  server.post('/v1/rest/mgmt', async (request, reply) => {
    const { request: command } = parsed(request, 'command');
    void reply.type(jsonType);
    const caller = callerOf(request, requests.of(request));
    return commandResponse(await endpoint.command({ ...command, caller }));
  });
  return server;
}

/** Gives every request its identity. */
class RequestLog {
  readonly #endpoint: Endpoint;
  readonly #identities = new WeakMap<FastifyRequest, RequestIdentity>();

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
  }

  begin(request: FastifyRequest): RequestIdentity {
    const sent = request.headers['x-ms-client-request-id'];
    const identity = {
      clientRequestId:
        typeof sent === 'string' && sent !== '' ? sent : `unspecified;${this.#endpoint.uuid()}`,
      activityId: this.#endpoint.uuid(),
      time: this.#endpoint.now(),
    };
    this.#identities.set(request, identity);
    return identity;
  }

  of(request: FastifyRequest): RequestIdentity {
    return this.#identities.get(request) ?? this.begin(request);
  }
}

async function answerQuery(
  endpoint: Endpoint,
  protocol: Protocol,
  request: FastifyRequest,
  reply: FastifyReply,
  identity: RequestIdentity,
): Promise<FastifyReply> {
  const { request: query } = parsed(request, 'query');
  const abort = new AbortController();
  reply.raw.once('close', () => abort.abort());
  const run = await endpoint.query({ ...query, caller: callerOf(request, identity) }, protocol, abort.signal);
  let rows: PrimedRows;
  try {
    rows = await PrimedRows.of(run);
  } catch (error) {
    await run.close();
    throw error;
  }
  const layout = readLayout(mergeOptions(query.options, run.compilation.setOptions));
  const context: ResponseContext = { run, rows, identity, text: query.text };
  const body = bytes(protocol === 'v1' ? responseV1(context) : responseV2(context, layout), context);
  void reply.type(jsonType);
  const stream = Readable.from(body, { objectMode: false, highWaterMark: 256 * 1024 });
  // A generator that was never started does not run its `finally`.
  stream.once('close', () => void finish(context));
  reply.raw.once('close', () => stream.destroy());
  return reply.send(
    /\bgzip\b/.test(request.headers['accept-encoding'] ?? '') ? compressed(stream, reply) : stream,
  );
}

/** The pieces as bytes. The query ends with its answer, and when the reader leaves it. */
async function* bytes(pieces: AsyncGenerator<string>, context: ResponseContext): AsyncGenerator<Buffer> {
  try {
    for await (const piece of pieces) yield Buffer.from(piece);
  } finally {
    await finish(context);
  }
}

async function finish({ rows, run }: ResponseContext): Promise<void> {
  await rows.close();
  await run.close();
}

function compressed(stream: Readable, reply: FastifyReply): Readable {
  void reply.header('content-encoding', 'gzip').header('vary', 'accept-encoding');
  // The callback only takes note: the error ends the reply's socket on its own.
  return pipeline(stream, createGzip({ level: 1 }), () => undefined);
}

function decompressed(payload: Readable): Readable & { receivedEncodedLength: number } {
  const gunzip = Object.assign(createGunzip(), { receivedEncodedLength: 0 });
  payload.on('data', (chunk: Buffer) => (gunzip.receivedEncodedLength += chunk.length));
  return pipeline(payload, gunzip, () => undefined);
}

function parsed(request: FastifyRequest, kind: 'command' | 'query'): ParsedRequest {
  if (request.method === 'GET') return readRequest(request.query as Record<string, unknown>, kind);
  return parseRequest(typeof request.body === 'string' ? request.body : '', kind);
}

function callerOf(request: FastifyRequest, { clientRequestId, activityId }: RequestIdentity): Caller {
  const header = (name: string): string => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : '';
  };
  return { clientRequestId, activityId, application: header('x-ms-app'), user: header('x-ms-user') };
}

/** The request's `csl`, for the place of an error in it. */
function textOf(request: FastifyRequest): string {
  try {
    return parsed(request, 'query').request.text;
  } catch {
    return '';
  }
}

function httpError(error: FastifyError): KustoServiceError {
  if (error instanceof KustoServiceError) return error;
  if (error.statusCode === 413) {
    return new KustoServiceError({
      message: 'The request body is larger than this endpoint takes; ingest in several commands.',
      status: 413,
      code: 'Payload too large',
      type: 'Kusto.Data.Exceptions.KustoRequestPayloadTooLargeException',
      cause: error,
    });
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new KustoServiceError({ message: error.message, status: error.statusCode, cause: error });
  }
  if ((error.code ?? '').startsWith('Z_')) {
    return new KustoServiceError({ message: 'The request body is not valid gzip.', cause: error });
  }
  return asServiceError(error);
}

function sendError(
  reply: FastifyReply,
  failure: KustoServiceError,
  identity: RequestIdentity,
  text: string,
): FastifyReply {
  return reply
    .status(failure.status)
    .type(jsonType)
    .send(JSON.stringify(errorBody(failure, identity, text)));
}
