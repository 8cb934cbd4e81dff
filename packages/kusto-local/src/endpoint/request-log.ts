import type { KustoServiceError } from '../errors.ts';
import { KustoServiceError as ServiceError } from '../errors.ts';
import { ticksOfMilliseconds } from '../engine/values/times.ts';

/** Who asks, as the request's headers say (`x-ms-client-request-id`, `x-ms-app`, `x-ms-user`). */
export interface Caller {
  readonly clientRequestId: string;
  /** A guid. */
  readonly activityId: string;
  readonly application: string;
  readonly user: string;
}

/** The states of the service's `.show queries` and `.show operations` that can come about here. */
export type RequestState = 'Canceled' | 'Completed' | 'Failed' | 'InProgress';

/** One request, in execution or ended. Times are ticks. */
export interface RequestRecord extends Caller {
  readonly kind: 'command' | 'query';
  readonly text: string;
  readonly database: string;
  readonly startedOn: bigint;
  readonly updatedOn: bigint;
  readonly state: RequestState;
  /** Why it failed, '' when it did not. */
  readonly failure: string;
}

/** A request in execution: to be ended once, whatever comes of it. */
export interface OpenRequest {
  /** Aborted by `.cancel query`, with the error the request is to end with. */
  readonly signal: AbortSignal;
  finish(failure?: unknown): void;
}

interface Entry {
  record: RequestRecord;
  readonly abort: AbortController;
}

/** Texts are kept up to this length, as the service does. */
const keptText = 64 * 1024;

/** What was asked of the endpoint: the requests in execution, and the last ones that ended. In memory only. */
export class RequestLog {
  readonly #now: () => number;
  readonly #kept: number;
  readonly #running = new Set<Entry>();
  readonly #ended: RequestRecord[] = [];

  /** @param now milliseconds since 1970 @param kept how many ended requests are remembered */
  constructor(now: () => number, kept = 1000) {
    this.#now = now;
    this.#kept = kept;
  }

  begin(request: Caller & Pick<RequestRecord, 'database' | 'kind' | 'text'>): OpenRequest {
    const startedOn = ticksOfMilliseconds(this.#now());
    const { clientRequestId, activityId, application, user, kind, database } = request;
    const entry: Entry = {
      record: {
        clientRequestId,
        activityId,
        application,
        user,
        kind,
        database,
        text: request.text.slice(0, keptText),
        startedOn,
        updatedOn: startedOn,
        state: 'InProgress',
        failure: '',
      },
      abort: new AbortController(),
    };
    this.#running.add(entry);
    return { signal: entry.abort.signal, finish: (failure) => this.#finish(entry, failure) };
  }

  /** The requests in execution, in the order of their start. */
  get running(): readonly RequestRecord[] {
    return [...this.#running].map(({ record }) => record);
  }

  /** The requests that ended, in the order of their end; the oldest are forgotten. */
  get ended(): readonly RequestRecord[] {
    return [...this.#ended];
  }

  /** Ends the running queries with this client request id; returns how many there were. */
  cancel(clientRequestId: string, reason: string): number {
    const entries = [...this.#running].filter(
      ({ record }) => record.kind === 'query' && record.clientRequestId === clientRequestId,
    );
    for (const { abort } of entries) abort.abort(cancelled(reason));
    return entries.length;
  }

  #finish(entry: Entry, failure: unknown): void {
    if (!this.#running.delete(entry)) return;
    const cancelledBy: unknown = entry.abort.signal.reason;
    const reason = cancelledBy ?? failure;
    this.#ended.push({
      ...entry.record,
      updatedOn: ticksOfMilliseconds(this.#now()),
      state: stateOf(reason),
      failure: reason instanceof Error ? reason.message : '',
    });
    if (this.#ended.length > this.#kept) this.#ended.shift();
  }
}

function stateOf(failure: unknown): RequestState {
  if (failure === undefined) return 'Completed';
  return failure instanceof ServiceError && failure.code === 'RequestCancelled' ? 'Canceled' : 'Failed';
}

function cancelled(reason: string): KustoServiceError {
  return new ServiceError({
    message: `Query execution was cancelled by the command .cancel query${reason === '' ? '' : `: ${reason}`}.`,
    status: 499,
    code: 'RequestCancelled',
    type: 'Kusto.Data.Exceptions.KustoServiceException',
    permanent: true,
  });
}
