import { KustoError } from '@drasi-kusto/kusto-client';

const words: ReadonlySet<string> = new Set(['KUSTO_BAD_REQUEST', 'KUSTO_PARTIAL_FAILURE', 'KUSTO_SERVICE']);

/**
 * Whether the service itself says that it will not do what it was asked, now and later. An answer that is cut short or is none
 * cannot be read either, and says nothing of the question.
 */
export function isRefusal(error: unknown): error is KustoError {
  return error instanceof KustoError && error.retryClass === 'permanent' && words.has(error.code);
}
