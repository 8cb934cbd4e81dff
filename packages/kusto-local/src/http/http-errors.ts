import type { FastifyError, FastifyReply } from 'fastify';
import { asServiceError } from '../service-errors.ts';
import { KustoServiceError } from '../errors.ts';
import { errorBody, type RequestIdentity } from './error-body.ts';

export const jsonType = 'application/json; charset=utf-8';

/** What an error of the server's means to a client. */
export function httpError(error: FastifyError): KustoServiceError {
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
  if ((error.code ?? '').startsWith('Z_')) {
    return new KustoServiceError({
      message: 'The request body is not valid in its content-encoding.',
      cause: error,
    });
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return new KustoServiceError({ message: error.message, status: error.statusCode, cause: error });
  }
  return asServiceError(error);
}

/** A 401 has no body, as the service's. */
export function sendError(
  reply: FastifyReply,
  failure: KustoServiceError,
  identity: RequestIdentity,
  text: string,
): FastifyReply {
  void reply.status(failure.status);
  if (failure.status === 401) return reply.header('www-authenticate', 'Bearer').send();
  return reply.type(jsonType).send(JSON.stringify(errorBody(failure, identity, text)));
}
