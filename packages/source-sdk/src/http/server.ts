/** The HTTP server both services stand on: bodies as text, every error as one JSON object. */
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { ErrorCode, FatalSourceError, SourceError, messageOf } from '../errors.ts';

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

/** An error that has its HTTP status with it. */
export class HttpError extends SourceError {
  override readonly name: string = 'HttpError';
  readonly statusCode: number;
  constructor(statusCode: number, code: string, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.statusCode = statusCode;
  }
}

/** The body of every error answer. */
export function errorBody(error: unknown): { readonly code: string; readonly error: string } {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return { code: typeof code === 'string' ? code : 'ERROR', error: messageOf(error) };
}

export interface ServerLimits {
  /** The largest body, bytes: above it 413. */
  readonly bodyLimit: number;
  /** How long a client may take for its headers, and for the whole of its request, milliseconds: then 408. Default 10 000 and 60 000. */
  readonly headersTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

/** Of all headers of a request, bytes: above it 431. */
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 100;

/** A client that sends slowly, or too much, is cut off. How slowly an answer is read is not limited: a bootstrap waits for its reader. */
export function createServer(options: ServerLimits): FastifyInstance {
  const { bodyLimit, headersTimeoutMs = 10_000, requestTimeoutMs = 60_000 } = options;
  const app = fastify({
    bodyLimit,
    exposeHeadRoutes: false,
    requestTimeout: requestTimeoutMs,
    // A path that is no URL never comes to a route, nor to the error handler.
    frameworkErrors: (error, _request, reply) => {
      sendBadRequest(reply, error);
    },
    http: {
      headersTimeout: Math.min(headersTimeoutMs, requestTimeoutMs),
      connectionsCheckingInterval: Math.min(2_000, headersTimeoutMs),
      maxHeaderSize: MAX_HEADER_BYTES,
    },
  });
  app.server.maxHeadersCount = MAX_HEADERS;
  // Callers differ in the content type they send, and a body that is not JSON deserves a message of its own.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    done(null, body);
  });
  app.setErrorHandler((error, _request, reply) => {
    const status =
      typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 500;
    const body = errorBody(error);
    // What the server below refuses has a code of its own there, which is documented nowhere here.
    const refused = status >= 400 && status < 500 && body.code.startsWith('FST_');
    void reply.code(status).send(refused ? { ...body, code: ErrorCode.BadRequest } : body);
  });
  app.setNotFoundHandler((request, reply) => {
    void reply.code(404).send({ code: 'NOT_FOUND', error: `there is no ${request.method} ${request.url}` });
  });
  return app;
}

function sendBadRequest(reply: FastifyReply, error: FastifyError): void {
  void reply.code(error.statusCode ?? 400).send({ ...errorBody(error), code: ErrorCode.BadRequest });
}

/** @throws FatalSourceError BAD_CONFIGURATION when the port cannot be had */
export async function listen(app: FastifyInstance, host: string, port: number): Promise<ServerAddress> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    throw new FatalSourceError(
      ErrorCode.BadConfiguration,
      `cannot listen on ${host}:${port} (APP_PORT, LISTEN_HOST): ${messageOf(error)}`,
      { cause: error },
    );
  }
  const address = app.server.address() as AddressInfo;
  return { host: address.address, port: address.port };
}

/**
 * The JSON object in a request's body.
 * @throws HttpError 400
 */
export function jsonObject(body: unknown): { readonly [key: string]: unknown } {
  let value: unknown;
  try {
    value = JSON.parse(typeof body === 'string' ? body : '');
  } catch (error) {
    throw new HttpError(400, ErrorCode.BadRequest, 'the body must be a JSON object', { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new HttpError(400, ErrorCode.BadRequest, 'the body must be a JSON object');
  return value as { readonly [key: string]: unknown };
}

/**
 * A list of strings in a JSON object; absent and null are an empty one.
 * @throws HttpError 400 naming the place
 */
export function stringList(object: { readonly [key: string]: unknown }, key: string): readonly string[] {
  const value = object[key] ?? [];
  if (!Array.isArray(value))
    throw new HttpError(400, ErrorCode.BadRequest, `"${key}" must be an array of strings`);
  value.forEach((item: unknown, index) => {
    if (typeof item !== 'string')
      throw new HttpError(400, ErrorCode.BadRequest, `"${key}[${index}]" must be a string`);
  });
  return value as readonly string[];
}
