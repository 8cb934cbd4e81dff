import { KustoServiceError } from './errors.ts';
import { valueErrorMessage } from './engine/queries/engine-messages.ts';

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
    type: 'Kusto.Data.Exceptions.QueryThrottledException',
    permanent: false,
  });
}

/**
 * `LimitsExceeded` (80DA0003): a result over its limit of records or bytes (page "Query result set has exceeded …"). Not
 * marked permanent, as the service does, though the same query fails again.
 */
export function resultTooLarge(unit: 'bytes' | 'records', limit: number): KustoServiceError {
  return new KustoServiceError({
    message:
      `Query execution has exceeded the allowed limits (80DA0003): The results of this query exceed the set limit of ${limit} ` +
      `${unit}, so not all records were returned (E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003). ` +
      'Return less, or set truncationmaxrecords, truncationmaxsize or notruncation.',
    code: 'LimitsExceeded',
    type: 'Kusto.Data.Exceptions.KustoServicePartialQueryFailureLimitsExceededException',
    permanent: false,
  });
}

/** What a partial query failure is in the answer's tables of status: numbers as the service's, from their HRESULTs. */
export interface FailureStatus {
  readonly statusCode: number;
  readonly statusCodeName: string;
  readonly eventTypeName: string;
}

const failureStatuses: ReadonlyMap<string, FailureStatus> = new Map([
  ['LimitsExceeded', status(0x80da0003, 'E_QUERY_RESULT_SET_TOO_LARGE', 'QueryLimitsExceeded')],
  ['LowMemoryCondition', status(0x80da0007, 'E_LOW_MEMORY_CONDITION', 'QueryLowMemoryCondition')],
]);
const otherFailure = status(0x80004005, 'E_FAIL', 'QueryError');

function status(code: number, name: string, eventTypeName: string): FailureStatus {
  const hexadecimal = code.toString(16).toUpperCase();
  return { statusCode: code | 0, statusCodeName: `${name} (${hexadecimal})`, eventTypeName };
}

export function failureStatus({ code }: KustoServiceError): FailureStatus {
  return failureStatuses.get(code) ?? otherFailure;
}

/**
 * Whether the service tells a failure inside an answer with status 200, even when no row was sent (page "Partial query
 * failures"): it has begun its answer by the time the failure can be seen.
 */
export function isPartialFailure(error: unknown): boolean {
  return error instanceof KustoServiceError && failureStatuses.has(error.code);
}

/** `RequestExecutionTimeout` (504): the query ran longer than its `servertimeout`, or than a limit of this endpoint. */
export function executionTimeout(
  milliseconds: number,
  remark = '(set servertimeout to allow more)',
): KustoServiceError {
  return new KustoServiceError({
    message: `Request execution has timed out after ${milliseconds / 1000} s ${remark}.`,
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
      message: `Query execution lacks memory resources to complete (80DA0007): Partial query failure: Low memory condition (E_LOW_MEMORY_CONDITION): raise --memory-limit. ${message.split('\n', 1)[0] ?? ''}`,
      code: 'LowMemoryCondition',
      type: 'Kusto.Data.Exceptions.KustoServicePartialQueryFailureLowMemoryConditionException',
      permanent: false,
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
  if (/^Catalog Error: Table with name t\d+ does not exist/.test(message)) {
    return new KustoServiceError({
      message:
        'A table that the query reads was changed or dropped while the query was compiled: send it again.',
      permanent: false,
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
