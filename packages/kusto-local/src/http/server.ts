import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { KustoServiceError } from '../errors.ts';
import { AccessControl } from './access-control.ts';
import { adminRoutes } from './admin.ts';
import { retentionRoutes } from './admin-retention.ts';
import { authMetadata } from './auth-metadata.ts';
import { decompressed } from './compression.ts';
import { FaultHooks } from './fault-hooks.ts';
import { httpError, jsonType, sendError } from './http-errors.ts';
import { callerOf, Identities } from './identities.ts';
import { checkOrigin } from './origin-check.ts';
import { answerQuery } from './query-answer.ts';
import { parsed, textOf } from './read-request.ts';
import { commandResponse } from './response-v1.ts';
import { ingestRoutes, streamingBodyLimit } from './streaming-ingest.ts';
import type { TokenOptions } from './tokens.ts';

export interface ServerOptions extends TokenOptions {
  /** Largest request body in bytes, before or after decompression. Default 16 MB. */
  readonly bodyLimit?: number;
  /** Largest body of a streaming ingestion in bytes, before or after decompression. Default 4 MB, as the service's. */
  readonly streamingBodyLimit?: number;
  /** Called with what failed inside, as opposed to what a client did wrong. */
  readonly onError?: (error: Error) => void;
  /** Takes requests by any Host; otherwise by those of the loopback only. Default false. */
  readonly anyHost?: boolean;
  /** Serves `/admin/…`. Default true. */
  readonly admin?: boolean;
  /** Milliseconds a client may take to send its request. Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds a client may leave an answer unread. Default 300,000. */
  readonly stallMs?: number;
}

/** The routes of Kusto's REST interface (its pages "Query/management HTTP request" and "… response"). */
export function createServer(endpoint: Endpoint, options: ServerOptions): FastifyInstance {
  const requestTimeout = options.requestTimeoutMs ?? 60_000;
  const identities = new Identities(endpoint.now, endpoint.uuid);
  const server = fastify({
    bodyLimit: options.bodyLimit ?? 16 * 1024 * 1024,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    requestTimeout,
    // A path that is no URL never comes to a route, nor to the error handler.
    frameworkErrors: (error, request, reply) => {
      void sendError(reply, httpError(error), identities.of(request), '');
    },
    http: {
      headersTimeout: Math.min(requestTimeout, 20_000),
      connectionsCheckingInterval: Math.min(requestTimeout, 5000),
      maxHeaderSize: 32 * 1024,
    },
  });
  const access = new AccessControl(options);
  const faults = new FaultHooks(endpoint);
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  server.addHook('onRequest', async (request, reply) => {
    const { clientRequestId, activityId } = identities.begin(request);
    void reply.header('x-ms-client-request-id', clientRequestId).header('x-ms-activity-id', activityId);
    checkOrigin(request.headers, options.anyHost ?? false);
    access.check(request);
  });
  server.addHook('preParsing', async (request, _reply, payload) => decompressed(request, payload));
  faults.install(server);
  server.setErrorHandler((error, request, reply) => {
    const failure = httpError(error as FastifyError);
    if (failure.status >= 500) options.onError?.(failure);
    return sendError(reply, failure, identities.of(request), textOf(request));
  });
  server.setNotFoundHandler((request, reply) => {
    const failure = notFound(server, request, reply);
    return sendError(reply, failure, identities.of(request), '');
  });
  server.get('/healthz', async () => ({ status: 'ok' }));
  server.get('/v1/rest/ping', async () => ({ status: 'ok' }));
  server.get('/v1/rest/auth/metadata', async () => authMetadata);
  for (const protocol of ['v1', 'v2'] as const) {
    server.route({
      method: ['GET', 'POST'],
      url: `/${protocol}/rest/query`,
      handler: (request, reply) =>
        answerQuery({
          endpoint,
          protocol,
          request,
          reply,
          identity: identities.of(request),
          query: parsed(request, 'query').request,
          fault: faults.of(request),
          stallMs: options.stallMs ?? 300_000,
        }),
    });
  }
  server.post('/v1/rest/mgmt', async (request, reply) => {
    const { request: command } = parsed(request, 'command');
    void reply.type(jsonType);
    const caller = callerOf(request, identities.of(request));
    const readOnly = command.readOnly || access.isReadOnly(request);
    return commandResponse(await endpoint.command({ ...command, readOnly, caller }));
  });
  ingestRoutes(server, endpoint, options.streamingBodyLimit ?? streamingBodyLimit);
  if (options.admin ?? true) {
    adminRoutes(server, endpoint);
    retentionRoutes(server, endpoint);
  }
  return server;
}

/** 404, or 405 where another method would do. */
function notFound(server: FastifyInstance, request: FastifyRequest, reply: FastifyReply): KustoServiceError {
  const [url = ''] = request.url.split('?', 1);
  const methods = (['GET', 'POST', 'DELETE'] as const).filter((method) => server.hasRoute({ method, url }));
  if (methods.length === 0) {
    const message = `There is no ${request.method} ${url} at this endpoint.`;
    return new KustoServiceError({ message, status: 404, code: 'NotFound' });
  }
  void reply.header('allow', methods.join(', '));
  const message = `${url} takes ${methods.join(' and ')}, not ${request.method}.`;
  return new KustoServiceError({ message, status: 405, code: 'MethodNotAllowed' });
}
