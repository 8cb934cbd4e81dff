import type { FastifyRequest } from 'fastify';
import { parseRequest, readRequest, type ParsedRequest } from './request.ts';

/** The request's fields, from its body or its query string. @throws KustoServiceError */
export function parsed(request: FastifyRequest, kind: 'command' | 'query'): ParsedRequest {
  if (request.method === 'GET') return readRequest(request.query as Record<string, unknown>, kind);
  return parseRequest(typeof request.body === 'string' ? request.body : '', kind);
}

/** The request's `csl`, for the place of an error in it. */
export function textOf(request: FastifyRequest): string {
  try {
    return parsed(request, 'query').request.text;
  } catch {
    return '';
  }
}
