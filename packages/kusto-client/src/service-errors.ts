import { KustoError } from './errors.ts';
import type { KustoErrorCode, KustoErrorDetails, RetryClass } from './errors.ts';

/** An error as the service describes it: in an HTTP error body, or in a `OneApiErrors` list inside a result. */
export interface ServiceError {
  readonly kustoCode: string | undefined;
  readonly innerCode: string | undefined;
  readonly message: string;
  /** `@permanent`; undefined where the service does not say. */
  readonly permanent: boolean | undefined;
  readonly activityId: string | undefined;
  readonly clientRequestId: string | undefined;
}

/** Longer service messages (they may quote a whole query) are cut. */
const MAX_MESSAGE = 2000;

/** Limits of result or memory: the same text fails again, although the service marks some of them as not permanent. */
const TOO_LARGE =
  /E_QUERY_RESULT_SET_TOO_LARGE|E_RUNAWAY_QUERY|80DA0003|80DA0001|exceeded the allowed limits|exceed the set limit/i;
const THROTTLED =
  /QueryThrottledException|ControlCommandThrottledException|QuotaExceeded|TooManyRequests|E_QUERY_THROTTLED/i;

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

export function shorten(message: string): string {
  return message.length <= MAX_MESSAGE ? message : `${message.slice(0, MAX_MESSAGE)} … (cut)`;
}

/** Reads `{"error":{…}}`, the inner object itself, or a plain text; undefined when there is nothing to read. */
export function readServiceError(value: unknown): ServiceError | undefined {
  const plain = text(value);
  if (plain !== undefined) {
    return {
      kustoCode: undefined,
      innerCode: undefined,
      message: shorten(plain),
      permanent: undefined,
      activityId: undefined,
      clientRequestId: undefined,
    };
  }
  const outer = record(value);
  const nested = outer?.['error'];
  const error = record(nested) ?? (typeof nested === 'string' ? { message: nested } : outer);
  if (error === undefined) return undefined;
  const message = text(error['@message']) ?? text(error['message']) ?? text(error['Message']);
  const kustoCode = text(error['code']);
  if (message === undefined && kustoCode === undefined) return undefined;
  const context = record(error['@context']);
  let innerCode: string | undefined;
  let inner = record(error['innererror']);
  for (let depth = 0; inner !== undefined && depth < 16; depth++) {
    innerCode = text(inner['code']) ?? innerCode;
    inner = record(inner['innererror']);
  }
  return {
    kustoCode,
    innerCode,
    message: shorten(message ?? kustoCode ?? ''),
    permanent: typeof error['@permanent'] === 'boolean' ? error['@permanent'] : undefined,
    activityId: text(context?.['activityId']) ?? text(context?.['ActivityId']),
    clientRequestId: text(context?.['clientRequestId']) ?? text(context?.['ClientRequestId']),
  };
}

interface Judgement {
  readonly code: KustoErrorCode;
  readonly retryClass: RetryClass;
}

function judgeText(error: ServiceError): Judgement | undefined {
  const words = `${error.kustoCode ?? ''} ${error.innerCode ?? ''} ${error.message}`;
  if (TOO_LARGE.test(words)) return { code: 'KUSTO_TOO_LARGE', retryClass: 'too_large' };
  if (THROTTLED.test(words)) return { code: 'KUSTO_THROTTLED', retryClass: 'throttled' };
  return undefined;
}

function judgeStatus(status: number, error: ServiceError | undefined): Judgement {
  if (status === 401 || status === 403) return { code: 'KUSTO_DENIED', retryClass: 'denied' };
  if (status === 429) return { code: 'KUSTO_THROTTLED', retryClass: 'throttled' };
  if (status === 413) return { code: 'KUSTO_TOO_LARGE', retryClass: 'too_large' };
  const byText = error === undefined ? undefined : judgeText(error);
  if (byText !== undefined) return byText;
  if (status === 408 || status === 504) return { code: 'KUSTO_TIMEOUT', retryClass: 'transient' };
  if (status >= 500) {
    return { code: 'KUSTO_SERVICE', retryClass: error?.permanent === true ? 'permanent' : 'transient' };
  }
  return { code: 'KUSTO_BAD_REQUEST', retryClass: error?.permanent === false ? 'transient' : 'permanent' };
}

function details(error: ServiceError | undefined): KustoErrorDetails {
  return {
    kustoCode: error?.kustoCode,
    innerCode: error?.innerCode,
    activityId: error?.activityId,
    clientRequestId: error?.clientRequestId,
  };
}

/** What an answer without words means: a refused token is told by its status alone. */
function unexplained(status: number): string {
  if (status === 401) return 'no token was sent, or the service does not accept it';
  if (status === 403) return 'the identity is known and may not do this';
  return 'no explanation in the answer';
}

/** The error of an HTTP answer outside 2xx and 3xx. `body` is its text, maybe empty or no JSON at all. */
export function errorOfStatus(status: number, body: string, more: KustoErrorDetails): KustoError {
  let parsed: unknown = body;
  try {
    parsed = JSON.parse(body);
  } catch {
    // A proxy's page or a cut body: its beginning is the best explanation there is.
  }
  const error = readServiceError(parsed);
  const { code, retryClass } = judgeStatus(status, error);
  const own = details(error);
  return new KustoError(code, `HTTP ${status}: ${error?.message ?? unexplained(status)}`, {
    status,
    kustoCode: own.kustoCode,
    innerCode: own.innerCode,
    activityId: own.activityId ?? more.activityId,
    clientRequestId: own.clientRequestId ?? more.clientRequestId,
    retryClass,
    retryAfterMs: more.retryAfterMs,
  });
}

/**
 * The error of a result whose HTTP status was 200 (partial query failure): whatever rows came must not be used.
 * @param list `OneApiErrors` or `Exceptions`
 */
export function errorOfResult(list: unknown, where: string): KustoError {
  const items = Array.isArray(list) ? list : [list];
  const errors = items.map((item) => readServiceError(item)).filter((item) => item !== undefined);
  const [first] = errors;
  if (first === undefined) {
    return new KustoError(
      'KUSTO_PARTIAL_FAILURE',
      `the service reports in ${where} that the result is not whole`,
    );
  }
  const judged = errors.map((error) => judgeText(error)).find((item) => item !== undefined) ?? {
    code: 'KUSTO_PARTIAL_FAILURE' as const,
    retryClass: first.permanent === true ? ('permanent' as const) : ('transient' as const),
  };
  return new KustoError(judged.code, `the service reports in ${where}: ${first.message}`, {
    ...details(first),
    retryClass: judged.retryClass,
  });
}
