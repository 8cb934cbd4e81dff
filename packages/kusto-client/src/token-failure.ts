import type { RetryClass } from './errors.ts';
import { codesOf, isUnreachable } from './http/network-error.ts';

/** How the identity library says that nobody answered: it keeps the text of the network's error, and not its code. */
const NOBODY_ANSWERED =
  /^(?:endpoints_resolution_error|network_error)\b|\b(?:EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTFOUND|ETIMEDOUT)\b/;
/** The identity service has looked at the request, and said no: `AADSTS7000215: Invalid client secret provided`. */
const REFUSED = /\bAADSTS\d+/;

/**
 * Whether it may help to ask for a token again. An identity service that is away for a minute must not end a feed; a secret that
 * has expired must, with the service's words.
 * @param worked an earlier token came the same way: what fails now without a reason is likely to pass
 */
export function classOfTokenFailure(error: unknown, worked: boolean): RetryClass {
  const {
    message = '',
    name,
    statusCode,
  } = error instanceof Error ? (error as Error & { statusCode?: unknown }) : {};
  if (NOBODY_ANSWERED.test(message) || codesOf(error).some(isUnreachable)) return 'unreachable';
  if (typeof statusCode === 'number')
    return statusCode >= 500 || statusCode === 408 || statusCode === 429 ? 'transient' : 'denied';
  return worked && name !== 'AuthenticationRequiredError' && !REFUSED.test(message) ? 'transient' : 'denied';
}
