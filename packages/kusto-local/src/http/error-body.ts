import { formatDatetime, ticksOfMilliseconds } from '../engine/values/times.ts';
import type { KustoServiceError } from '../errors.ts';

/** What identifies a request in its answers. */
export interface RequestIdentity {
  /** From the client's header `x-ms-client-request-id`, or made up. */
  readonly clientRequestId: string;
  /** A guid. */
  readonly activityId: string;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/**
 * An error in the service's OneApi form. Its `innererror` carries the semantic or syntax code with the line and the
 * position (both from 1) of the place in `text`, the request's `csl`.
 */
export function errorBody(
  error: KustoServiceError,
  identity: RequestIdentity,
  text: string,
): { error: object } {
  const context = {
    timestamp: formatDatetime(ticksOfMilliseconds(identity.time)),
    serviceAlias: 'KUSTO-LOCAL',
    machineName: 'localhost',
    processName: 'kusto-local',
    processId: process.pid,
    threadId: 0,
    clientRequestId: identity.clientRequestId,
    activityId: identity.activityId,
    subActivityId: identity.activityId,
    activityType: 'KustoLocal.Request',
    parentActivityId: identity.activityId,
    activityStack: `(Activity stack: CRID=${identity.clientRequestId} ARID=${identity.activityId})`,
  };
  const headline =
    error.status < 500 ? 'Request is invalid and cannot be executed.' : 'Request execution has failed.';
  return {
    error: {
      code: error.code,
      message: headline,
      '@type': error.type,
      '@message': error.message,
      '@context': context,
      '@permanent': error.permanent,
      ...(error.innerCode === undefined
        ? {}
        : {
            innererror: {
              code: error.innerCode,
              message: error.message,
              '@type': error.type,
              '@message': error.message,
              '@context': context,
              '@permanent': error.permanent,
              '@errorCode': error.innerCode,
              '@errorMessage': error.message,
              ...place(error, text),
            },
          }),
    },
  };
}

function place(error: KustoServiceError, text: string): object {
  if (error.span === undefined) return {};
  const { start, length } = error.span;
  const before = text.slice(0, start);
  return {
    '@line': before.split('\n').length,
    '@pos': start - before.lastIndexOf('\n'),
    '@token': text.slice(start, start + length),
  };
}
