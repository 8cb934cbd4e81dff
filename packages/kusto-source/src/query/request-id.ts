import { randomBytes } from 'node:crypto';

/** What a request is made for: the change feed, or a bootstrap. */
export type RequestService = 'feed' | 'bootstrap';

/**
 * Sent as x-ms-client-request-id. In Kusto's lists of queries (`.show queries`, column ClientActivityId) it tells whose load a query is.
 */
export function requestId(service: RequestService): string {
  return `drasi-kusto.${service};${randomBytes(9).toString('base64url')}`;
}
