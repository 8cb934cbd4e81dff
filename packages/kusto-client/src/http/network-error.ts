import { KustoError } from '../errors.ts';
import type { KustoErrorCode } from '../errors.ts';

const UNREACHABLE: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  // The proxy refused the tunnel: the caller's own abort is told apart before this is asked.
  'UND_ERR_ABORTED',
]);
const TIMEOUT: ReadonlySet<string> = new Set([
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
]);
const TLS =
  /^(?:CERT_|ERR_TLS|ERR_SSL|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE)/;

/** All codes of an error, its causes, and the attempts of a connection to several addresses. */
export function codesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== 'object' || error === null || depth > 8) return [];
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  return [
    ...(typeof code === 'string' ? [code] : []),
    ...(Array.isArray(errors) ? errors.flatMap((item) => codesOf(item, depth + 1)) : []),
    ...codesOf(cause, depth + 1),
  ];
}

export const isUnreachable = (code: string): boolean => UNREACHABLE.has(code);

function codeFor(codes: readonly string[]): KustoErrorCode {
  if (codes.some((code) => TLS.test(code))) return 'KUSTO_TLS';
  if (codes.some((code) => UNREACHABLE.has(code))) return 'KUSTO_UNREACHABLE';
  if (codes.some((code) => TIMEOUT.has(code))) return 'KUSTO_TIMEOUT';
  return 'KUSTO_CONNECTION_LOST';
}

const WORDS: Readonly<Partial<Record<KustoErrorCode, string>>> = {
  KUSTO_TLS: 'the certificate of the server is not accepted',
  KUSTO_UNREACHABLE: 'nobody answers',
  KUSTO_TIMEOUT: 'no answer, or no further part of it, in time',
  KUSTO_CONNECTION_LOST: 'the connection broke before the answer was complete',
};

/** Turns what the transport throws into a KustoError. `origin` is the address asked. */
export function errorOfTransport(error: unknown, origin: string): KustoError {
  if (error instanceof KustoError) return error;
  const codes = codesOf(error);
  const code = codeFor(codes);
  const told = codes[0] === 'UND_ERR_ABORTED' ? undefined : codes[0];
  const reason = told ?? (error instanceof Error ? error.message : 'unknown');
  return new KustoError(code, `${origin}: ${WORDS[code] ?? 'failed'} (${reason})`, { cause: error });
}
