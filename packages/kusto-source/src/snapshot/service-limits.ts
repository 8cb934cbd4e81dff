import type { KustoError } from '@drasi-kusto/kusto-client';

/**
 * Whether a query met a limit of the service, of rows, bytes, memory or time (HTTP 504 or 408): the same question fails again, one
 * about fewer rows need not. A time-out without the service's word is the network's, and does not count.
 */
export function meetsLimit(error: KustoError): boolean {
  return error.retryClass === 'too_large' || (error.code === 'KUSTO_TIMEOUT' && error.status !== undefined);
}
