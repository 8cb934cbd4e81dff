/** What may help after a failure. The caller's retry and alarm policy hangs on it. */
export type RetryClass =
  /** The service asks for less load: wait, then repeat. */
  | 'throttled'
  /** A passing fault (5xx, cut connection, stale answer): repeat. */
  | 'transient'
  /** The same text fails again; a smaller slice of it may pass. */
  | 'too_large'
  /** Repeating cannot help. A person has to change something. */
  | 'permanent'
  /** No valid credential, or no right. Repeating helps only after someone grants it. */
  | 'denied'
  /** Nobody answers at that address now: repeat, slowly. */
  | 'unreachable';

/**
 * Every failure this package reports, by a code that does not change between versions.
 * The comment of a code is its documentation: what happened, and what to do.
 */
export const KUSTO_ERROR_CODES = {
  /** The connection string cannot be read. The message names the keyword; correct it. */
  KUSTO_BAD_CONNECTION_STRING: 'permanent',
  /** A token would go to a host that is no known Kusto address. Correct the address, or add the host to `trustedHosts`. */
  KUSTO_UNTRUSTED_HOST: 'permanent',
  /** Plain http to another machine would show queries, rows and tokens to the network. Use https. */
  KUSTO_PLAIN_HTTP: 'permanent',
  /**
   * No token could be obtained. Check identity, tenant and secret; the message has the identity service's reason. Retried where that service
   * did not answer, or fails inside, and where tokens came before and nothing says that the next is refused.
   */
  KUSTO_CREDENTIAL: 'denied',
  /** The text is not a query (it starts with a dot), or a command other than `.show`. This client only reads. */
  KUSTO_NOT_READ_ONLY: 'permanent',
  /** A request property or parameter that would break what this client promises, or has no valid form. Remove it. */
  KUSTO_OPTION_REFUSED: 'permanent',
  /** The service refused the request (400 and other 4xx): mostly a mistake in the query, a table or a database name. */
  KUSTO_BAD_REQUEST: 'permanent',
  /** 401 or 403: the identity is not known or lacks rights, such as Database Viewer. */
  KUSTO_DENIED: 'denied',
  /** 429: the cluster or a quota is busy. Retried with growing pauses; if it lasts, poll less or raise the limit. */
  KUSTO_THROTTLED: 'throttled',
  /** The result passes the service's row, size or memory limit. Read smaller slices. */
  KUSTO_TOO_LARGE: 'too_large',
  /** The service failed inside (5xx). Retried; report the activity id if it lasts. */
  KUSTO_SERVICE: 'transient',
  /** No answer, or no further byte of it, within the time limit. Retried; make the query cheaper if it lasts. */
  KUSTO_TIMEOUT: 'transient',
  /** No connection: name not found, refused, no route. Check the address, DNS, proxy and firewall. */
  KUSTO_UNREACHABLE: 'unreachable',
  /** The connection broke before the answer was complete. Retried. */
  KUSTO_CONNECTION_LOST: 'transient',
  /** The server's certificate is not accepted. Add the authority by NODE_EXTRA_CA_CERTS, or correct the address. */
  KUSTO_TLS: 'permanent',
  /** The server answered with a redirect, which is never followed, since a token could go astray. Correct the address. */
  KUSTO_REDIRECT: 'permanent',
  /** 200, but the service reports inside the body that the result is not whole. Rows already seen must be thrown away. */
  KUSTO_PARTIAL_FAILURE: 'transient',
  /** The query was cancelled at the service, by a person or a policy. */
  KUSTO_CANCELLED: 'transient',
  /** The caller's signal ended the request. `cause` is the signal's reason. */
  KUSTO_ABORTED: 'permanent',
  /** The body ended before the result was complete. */
  KUSTO_INCOMPLETE: 'transient',
  /** The body is not what a Kusto endpoint sends. Check that the address is one, and no proxy answers in its place. */
  KUSTO_PROTOCOL: 'permanent',
  /** The service sent a progressive result, whose rows may be taken back. */
  KUSTO_PROGRESSIVE: 'permanent',
  /** The answer came from the service's result cache, so it may be older than an earlier one. Exempt this client from cached results. */
  KUSTO_STALE_ANSWER: 'transient',
  /** One row, or one part of the body that has to be held whole, is larger than the limit. Project fewer columns or raise `maxRowBytes`. */
  KUSTO_ROW_TOO_LARGE: 'permanent',
  /** A dynamic value is nested deeper than the limit. */
  KUSTO_NESTING: 'permanent',
  /** A small result was expected and grew beyond the row or byte limit of the call. */
  KUSTO_ROW_LIMIT: 'too_large',
  /** The text gives several results. Send one tabular statement. */
  KUSTO_MULTIPLE_RESULTS: 'permanent',
  /** A query result can be iterated once. */
  KUSTO_RESULT_USED: 'permanent',
  /** A cell's text is no value of its column's type. */
  KUSTO_BAD_CELL: 'permanent',
} as const satisfies Record<string, RetryClass>;

export type KustoErrorCode = keyof typeof KUSTO_ERROR_CODES;

export interface KustoErrorDetails {
  /** HTTP status, where an answer came. */
  readonly status?: number | undefined;
  /** The service's code, for example `General_BadRequest`. */
  readonly kustoCode?: string | undefined;
  /** The innermost code, for example `SEM0100`. */
  readonly innerCode?: string | undefined;
  readonly activityId?: string | undefined;
  readonly clientRequestId?: string | undefined;
  /** Default: the class of the code. */
  readonly retryClass?: RetryClass | undefined;
  /** What the service asked for by `Retry-After`. */
  readonly retryAfterMs?: number | undefined;
  readonly cause?: unknown;
}

export class KustoError extends Error {
  override readonly name = 'KustoError';
  readonly code: KustoErrorCode;
  readonly status: number | undefined;
  readonly kustoCode: string | undefined;
  readonly innerCode: string | undefined;
  readonly activityId: string | undefined;
  readonly clientRequestId: string | undefined;
  readonly retryClass: RetryClass;
  readonly retryAfterMs: number | undefined;

  constructor(code: KustoErrorCode, message: string, details: KustoErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.kustoCode = details.kustoCode;
    this.innerCode = details.innerCode;
    this.activityId = details.activityId;
    this.clientRequestId = details.clientRequestId;
    this.retryClass = details.retryClass ?? KUSTO_ERROR_CODES[code];
    this.retryAfterMs = details.retryAfterMs;
  }

  /** Repeating the same request cannot help. */
  get permanent(): boolean {
    return this.retryClass === 'permanent' || this.retryClass === 'denied' || this.retryClass === 'too_large';
  }

  /** The same error with the ids of the request it belongs to, where it has none of its own. */
  withRequest(details: Pick<KustoErrorDetails, 'status' | 'activityId' | 'clientRequestId'>): KustoError {
    const copy = new KustoError(this.code, this.message, {
      status: this.status ?? details.status,
      kustoCode: this.kustoCode,
      innerCode: this.innerCode,
      activityId: this.activityId ?? details.activityId,
      clientRequestId: this.clientRequestId ?? details.clientRequestId,
      retryClass: this.retryClass,
      retryAfterMs: this.retryAfterMs,
      cause: this.cause,
    });
    if (this.stack !== undefined) copy.stack = this.stack;
    return copy;
  }
}
