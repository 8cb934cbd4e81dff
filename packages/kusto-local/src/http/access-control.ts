import type { FastifyRequest } from 'fastify';
import { KustoServiceError } from '../errors.ts';
import { Tokens, type TokenOptions } from './tokens.ts';

/** Open without a token: whether the endpoint is there, and how to get a token. */
const openRoutes: ReadonlySet<string> = new Set(['/healthz', '/v1/rest/auth/metadata', '/v1/rest/ping']);

/** Decides what a request may do: from its token, and from the header `x-ms-readonly`, which gives up the rest. */
export class AccessControl {
  readonly #tokens: Tokens;
  readonly #readOnly = new WeakSet<FastifyRequest>();

  constructor(options: TokenOptions) {
    this.#tokens = new Tokens(options);
  }

  /** Called once the route is known, and before the body is read. @throws KustoServiceError 401, 403 */
  check(request: FastifyRequest): void {
    // The route, not the URL: that can be written in many ways.
    const route = request.routeOptions.url ?? '';
    if (openRoutes.has(route)) return;
    const access = this.#tokens.access(request.headers.authorization);
    if (access === 'read' && route.startsWith('/admin/')) throw readOnly('its token');
    if (access === 'all' && request.headers['x-ms-readonly'] === undefined) return;
    this.#readOnly.add(request);
    if (route.startsWith('/v1/rest/ingest'))
      throw readOnly(access === 'read' ? 'its token' : 'x-ms-readonly');
  }

  isReadOnly(request: FastifyRequest): boolean {
    return this.#readOnly.has(request);
  }
}

function readOnly(reason: string): KustoServiceError {
  return new KustoServiceError({
    message: `The request is read-only (${reason}).`,
    status: 403,
    code: 'Forbidden',
    type: 'Kusto.Data.Exceptions.KustoRequestDeniedException',
  });
}
