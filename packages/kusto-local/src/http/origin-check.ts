import { KustoServiceError } from '../errors.ts';

/** The headers that say where a request comes from. */
export interface OriginHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | string[] | undefined;
  readonly 'sec-fetch-site'?: string | string[] | undefined;
}

/**
 * Keeps web pages out: a page of another site may not reach this endpoint from a browser on the same machine, neither with a
 * request of its own origin nor through a name that it lets point here.
 *
 * @param anyHost whether the endpoint is meant to be reached by other names than those of the loopback
 * @throws KustoServiceError 403
 */
export function checkOrigin(headers: OriginHeaders, anyHost: boolean): void {
  const host = headers.host?.toLowerCase();
  if (!anyHost && host !== undefined && !isLoopback(nameOf(host))) {
    throw forbidden(
      `The Host '${host}' is not this machine's loopback. Start kusto-local with --host to serve other names.`,
    );
  }
  if (headers['sec-fetch-site'] === 'cross-site') throw forbidden('Requests from other sites are refused.');
  const origin = headers.origin;
  if (origin !== undefined && originHost(String(origin)) !== host) {
    throw forbidden(`Requests from the site '${String(origin)}' are refused.`);
  }
}

/** The host of an origin, with its port; undefined for `null` and what is no URL. */
function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}

/** Without the port. */
function nameOf(host: string): string {
  return host.replace(/:\d*$/, '');
}

function isLoopback(name: string): boolean {
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '[::1]' ||
    /^127(?:\.\d{1,3}){3}$/.test(name)
  );
}

function forbidden(message: string): KustoServiceError {
  return new KustoServiceError({
    message,
    status: 403,
    code: 'Forbidden',
    type: 'Kusto.Data.Exceptions.KustoRequestDeniedException',
  });
}
