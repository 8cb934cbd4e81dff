import { randomUUID } from 'node:crypto';
import { abandonIterator, orAborted } from '../abort.ts';
import type {
  Bootstrap,
  BootstrapContext,
  BootstrapRequest,
  BootstrapSessions,
  Clock,
  Logger,
} from '../contracts.ts';
import { emit } from '../diagnostics.ts';
import type { BootstrapEndEvent, BootstrapProgressEvent } from '../diagnostics.ts';
import type { EncodedElements, JsonValue, SourceElement } from '../elements.ts';
import { ErrorCode, SourceError, messageOf } from '../errors.ts';
import { HttpError } from '../http/server.ts';
import { traced } from '../tracing.ts';
import type { TracedOperations } from '../tracing.ts';
import { stringText } from '../wire/json-text.ts';
import { BootstrapProgressReporter } from './bootstrap-progress.ts';
import type { AnswerBody } from './element-writer.ts';

/** How the elements of one answer are written: as NDJSON, or as the legacy document. */
export interface ElementSink {
  add(item: SourceElement | EncodedElements): Promise<void>;
  /** Everything was added. */
  end(): Promise<void>;
  readonly elements: number;
}

export interface BootstrapRunOptions {
  readonly sourceId: string;
  readonly bootstrap: Bootstrap;
  readonly sessions: BootstrapSessions | undefined;
  readonly sessionOpenTimeoutMs: number;
  readonly sessionRenewMs: number;
  readonly poisonWaitMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The reason of a signal when the reader closed the connection. */
export class ReaderLeft extends SourceError {
  constructor() {
    super('READER_LEFT', 'the reader of the bootstrap closed the connection');
  }
}

/** One bootstrap: session, elements, and an end that cannot be mistaken. */
export class BootstrapRun {
  readonly #options: BootstrapRunOptions;
  readonly #requestId = randomUUID();
  #progress: BootstrapProgressReporter | undefined;

  constructor(options: BootstrapRunOptions) {
    this.#options = options;
  }

  /** How far it is; undefined before it began. */
  get progress(): BootstrapProgressEvent | undefined {
    return this.#progress?.current();
  }

  /**
   * Answers a request whose labels are all owned. Never throws after the first byte: the body is then poisoned and cut.
   * @throws HttpError 400, 503 or 500 before the first byte
   */
  answer(request: BootstrapRequest, body: AnswerBody, sink: ElementSink, signal: AbortSignal): Promise<void> {
    const { sourceId } = this.#options;
    const labels = [...request.nodeLabels, ...request.relLabels];
    const operation = { sourceId, requestId: this.#requestId, labels };
    return traced('bootstrap', operation, () => this.#answer(operation, request, body, sink, signal));
  }

  async #answer(
    operation: TracedOperations['bootstrap'],
    request: BootstrapRequest,
    body: AnswerBody,
    sink: ElementSink,
    signal: AbortSignal,
  ): Promise<void> {
    const { clock, logger } = this.#options;
    const { sourceId, labels } = operation;
    const event = { sourceId, requestId: this.#requestId, labels };
    const began = clock.now();
    const finish = (end: Pick<BootstrapEndEvent, 'outcome' | 'error'>): void => {
      const figures = { elements: sink.elements, bytes: body.bytes, durationMs: clock.now() - began };
      const { elements, bytes } = figures;
      Object.assign(operation, { elements, bytes, ...end });
      emit('drasi-source:bootstrap:end', { ...event, ...figures, ...end });
      logger.info(`bootstrap ${end.outcome}`, { ...event, ...figures });
    };
    this.#progress = new BootstrapProgressReporter(
      event,
      () => ({ elements: sink.elements, bytes: body.bytes }),
      { clock, logger },
    );
    emit('drasi-source:bootstrap:start', event);
    logger.info('bootstrap begins', event);
    try {
      await this.#inSession(request, labels, body, sink, signal);
      finish({ outcome: 'complete' });
    } catch (error) {
      finish({ outcome: signal.reason instanceof ReaderLeft ? 'left' : 'failed', error });
      if (signal.reason instanceof ReaderLeft) return;
      logger.error('a bootstrap failed', { ...event, error: messageOf(error), begun: body.begun });
      if (!body.begun) throw toHttpError(error);
      await body.poison(
        `{"error":${stringText(`bootstrap failed: ${messageOf(error)}`)}}\n`,
        this.#options.poisonWaitMs,
      );
    }
  }

  async #inSession(
    request: BootstrapRequest,
    labels: readonly string[],
    body: AnswerBody,
    sink: ElementSink,
    signal: AbortSignal,
  ): Promise<void> {
    const { sessions } = this.#options;
    if (sessions === undefined) {
      await this.#send(request, { signal, labels }, sink);
      return;
    }
    // Before anything is read (rule R1).
    const id = await this.#open(sessions, labels, signal);
    const stop = new AbortController();
    const renewing = this.#keepAlive(sessions, id, stop.signal);
    try {
      const handOver = (payload: Uint8Array): Promise<void> =>
        this.#inTime((inTime) => sessions.handOver(id, payload, inTime), 'took no hand-over', signal);
      const checkpoint = (): Promise<JsonValue> =>
        this.#inTime((inTime) => sessions.checkpoint(inTime), 'told no checkpoint', signal);
      await this.#send(request, { signal, labels, handOver, checkpoint }, sink);
    } catch (error) {
      stop.abort();
      await renewing;
      // Rule R2: what was sent in part must be repaired; what was not begun must not.
      await this.#settle(body.begun ? 'abandon' : 'close', id, () =>
        body.begun ? sessions.abandon(id) : sessions.close(id),
      );
      throw error;
    }
    stop.abort();
    await renewing;
    await this.#settle('close', id, () => sessions.close(id));
  }

  async #send(
    request: BootstrapRequest,
    given: Omit<BootstrapContext, 'report'>,
    sink: ElementSink,
  ): Promise<void> {
    const { signal } = given;
    signal.throwIfAborted();
    const context: BootstrapContext = {
      ...given,
      report: (progress) => this.#progress?.report(progress),
    };
    const iterator = this.#options.bootstrap(request, context)[Symbol.asyncIterator]();
    try {
      for (;;) {
        const next = await orAborted(iterator.next(), signal);
        if (next.done === true) break;
        await sink.add(next.value);
      }
    } catch (error) {
      // Not awaited: a generator that ignores its signal must not keep the answer open.
      void abandonIterator(iterator);
      throw error;
    }
    await sink.end();
  }

  async #open(sessions: BootstrapSessions, labels: readonly string[], signal: AbortSignal): Promise<string> {
    const limit = AbortSignal.timeout(this.#options.sessionOpenTimeoutMs);
    try {
      return await sessions.open(labels, AbortSignal.any([signal, limit]));
    } catch (error) {
      signal.throwIfAborted();
      throw new HttpError(
        503,
        ErrorCode.SessionsUnavailable,
        limit.aborted
          ? `the reactivator opened no bootstrap session within ${this.#options.sessionOpenTimeoutMs} ms: see its log`
          : `the reactivator opened no bootstrap session: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }

  /** Waits as long as for a session: while it waits nothing is sent, and the reader's own limit may come first. */
  async #inTime<T>(
    act: (inTime: AbortSignal) => Promise<T>,
    otherwise: string,
    signal: AbortSignal,
  ): Promise<T> {
    const limit = AbortSignal.timeout(this.#options.sessionOpenTimeoutMs);
    try {
      return await act(AbortSignal.any([signal, limit]));
    } catch (error) {
      signal.throwIfAborted();
      if (!limit.aborted) throw error;
      throw new HttpError(
        503,
        ErrorCode.SessionsUnavailable,
        `the reactivator ${otherwise} within ${this.#options.sessionOpenTimeoutMs} ms: see its log`,
        { cause: error },
      );
    }
  }

  async #keepAlive(sessions: BootstrapSessions, id: string, stop: AbortSignal): Promise<void> {
    const { clock, sessionRenewMs, logger } = this.#options;
    for (;;) {
      try {
        await clock.sleep(sessionRenewMs, stop);
      } catch {
        return;
      }
      try {
        await sessions.renew(id);
      } catch (error) {
        // The labels are published again, which the bootstrap that goes on does not undo.
        logger.warn('a bootstrap session was not renewed', { session: id, error: messageOf(error) });
      }
    }
  }

  async #settle(what: string, id: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#options.logger.warn(`a bootstrap session could not be told to ${what}`, {
        session: id,
        error: messageOf(error),
      });
    }
  }
}

/** What a bootstrap may say about its request before its first element. */
const STATUS: Readonly<Record<string, number | undefined>> = {
  [ErrorCode.BadRequest]: 400,
  [ErrorCode.Stopping]: 503,
};

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  const status = error instanceof SourceError ? STATUS[error.code] : undefined;
  const code = error instanceof SourceError ? error.code : ErrorCode.BootstrapFailed;
  return new HttpError(
    status ?? 500,
    code,
    `the bootstrap failed before its first element: ${messageOf(error)}`,
    {
      cause: error,
    },
  );
}
