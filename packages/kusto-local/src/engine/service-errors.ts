import { KustoServiceError } from '../errors.ts';
import { valueErrorMessage } from './engine-messages.ts';

/** `BadRequest_DatabaseNotExist`: the request's `db` is no database of this endpoint (names are case-sensitive). */
export function databaseNotFound(name: string): KustoServiceError {
  return new KustoServiceError({
    message: `Database '${name}' was not found. Create it with: .create database ['${name}']`,
    code: 'BadRequest_DatabaseNotExist',
    type: 'Kusto.Data.Exceptions.DatabaseNotFoundException',
  });
}

/** `BadRequest_TableNotExist`: a command names a table that the database does not have (names are case-sensitive). */
export function tableNotFound(table: string, database: string): KustoServiceError {
  return new KustoServiceError({
    message: `Table '${table}' was not found in database '${database}'.`,
    code: 'BadRequest_TableNotExist',
    type: 'Kusto.Data.Exceptions.TableNotFoundException',
  });
}

/** `General_BadRequest`: what the request asks cannot be done as the database stands. */
export function badRequest(message: string): KustoServiceError {
  return new KustoServiceError({ message });
}

/** `TooManyRequests` (429): a retry after other queries have ended can succeed. */
export function tooManyQueries(limit: number): KustoServiceError {
  return new KustoServiceError({
    message: `The request was denied: this endpoint runs ${limit} queries at once. Retry when one has ended.`,
    status: 429,
    code: 'TooManyRequests',
    type: 'Kusto.Data.Exceptions.KustoRequestThrottledException',
    permanent: false,
  });
}

/** `RequestExecutionTimeout` (504): the query ran longer than its `servertimeout`. */
export function executionTimeout(milliseconds: number): KustoServiceError {
  return new KustoServiceError({
    message: `Request execution has timed out after ${milliseconds / 1000} s (set servertimeout to allow more).`,
    status: 504,
    code: 'RequestExecutionTimeout',
    type: 'Kusto.Data.Exceptions.KustoServiceTimeoutException',
    permanent: false,
  });
}

/** The client left before its answer was complete; nobody reads this error but the log. */
export function requestCancelled(): KustoServiceError {
  return new KustoServiceError({
    message: 'Request was cancelled: the client closed the connection.',
    status: 499,
    code: 'RequestCancelled',
    type: 'Kusto.Data.Exceptions.KustoServiceException',
    permanent: false,
  });
}

/**
 * What an error of the engine means to a client: `LowMemoryCondition` when the memory limit was met, a bad request when
 * a value broke the query (an overflow, a cast), and otherwise an internal error (520), which is a defect.
 */
export function asServiceError(error: unknown): KustoServiceError {
  if (error instanceof KustoServiceError) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('Out of Memory Error')) {
    return new KustoServiceError({
      message: `Query execution lacks memory resources to complete (E_LOW_MEMORY_CONDITION): raise --memory-limit. ${message}`,
      code: 'LowMemoryCondition',
      type: 'Kusto.Data.Exceptions.KustoServicePartialQueryFailureLowMemoryConditionException',
      cause: error,
    });
  }
  if (/^(?:Conversion|Invalid Input|Out of Range|Constraint|Invalid) Error/.test(message)) {
    return new KustoServiceError({
      message: `Query execution failed: ${valueErrorMessage(message)}`,
      type: 'Kusto.Data.Exceptions.RelopSemanticException',
      cause: error,
    });
  }
  return new KustoServiceError({
    message: `An internal error of kusto-local: ${message}`,
    status: 520,
    code: 'Internal service error',
    type: 'Kusto.Data.Exceptions.KustoServiceException',
    permanent: false,
    cause: error,
  });
}
