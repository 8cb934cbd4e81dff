import { Agent, type Dispatcher } from 'undici';
import { readRequest, type KustoRequest } from './kusto-request.ts';

/** Who is told of requests. What it throws, the request ends with: a process that died neither asks nor hears anything. */
export interface RequestWatch {
  /** It is to be sent. */
  begins(request: KustoRequest): void;
  /** A part of the answer has come. */
  midway(request: KustoRequest): void;
  /** The answer ended, with the bytes of its body as they came, or it broke. */
  ends(request: KustoRequest, answer: Answer | undefined): void;
}

export interface Answer {
  readonly status: number;
  /** The value of content-encoding. */
  readonly encoding: string | undefined;
  readonly body: Buffer;
}

/** The connections to Kusto of one life of a process. */
export class LifeDispatcher {
  readonly dispatcher: Dispatcher;
  readonly #agent = new Agent();

  constructor(watch: RequestWatch) {
    this.dispatcher = this.#agent.compose((dispatch) => (options, handler) => {
      const request = requestOf(options);
      if (request === undefined) return dispatch(options, handler);
      watch.begins(request);
      return dispatch(options, new WatchedAnswer(request, handler, watch));
    });
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

function requestOf({ headers, body }: Dispatcher.DispatchOptions): KustoRequest | undefined {
  const id = (headers as Readonly<Record<string, unknown>> | undefined)?.['x-ms-client-request-id'];
  return typeof id === 'string' && typeof body === 'string' ? readRequest(id, body) : undefined;
}

/** Hands an answer on as it comes, in two halves of each piece. */
class WatchedAnswer implements Dispatcher.DispatchHandler {
  readonly #request: KustoRequest;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #watch: RequestWatch;
  readonly #pieces: Buffer[] = [];
  #status = 0;
  #encoding: string | undefined;
  #over = false;

  constructor(request: KustoRequest, handler: Dispatcher.DispatchHandler, watch: RequestWatch) {
    this.#request = request;
    this.#handler = handler;
    this.#watch = watch;
  }

  onRequestStart(controller: Dispatcher.DispatchController, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onResponseStart(...args: Parameters<NonNullable<Dispatcher.DispatchHandler['onResponseStart']>>): void {
    const [, status, headers] = args;
    this.#status = status;
    const encoding = headers['content-encoding'];
    if (typeof encoding === 'string') this.#encoding = encoding;
    this.#handler.onResponseStart?.(...args);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#pieces.push(Buffer.from(chunk));
    const middle = chunk.length >> 1;
    if (middle > 0) this.#handler.onResponseData?.(controller, chunk.subarray(0, middle));
    try {
      this.#watch.midway(this.#request);
    } catch (error) {
      controller.abort(error as Error);
      return;
    }
    if (!controller.aborted) this.#handler.onResponseData?.(controller, chunk.subarray(middle));
  }

  onResponseEnd(controller: Dispatcher.DispatchController, trailers: Record<string, string>): void {
    if (this.#over) return;
    this.#over = true;
    try {
      this.#watch.ends(this.#request, {
        status: this.#status,
        encoding: this.#encoding,
        body: Buffer.concat(this.#pieces),
      });
    } catch (error) {
      this.#handler.onResponseError?.(controller, error as Error);
      return;
    }
    this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#over) {
      this.#over = true;
      try {
        this.#watch.ends(this.#request, undefined);
      } catch {
        // It ends with an error either way.
      }
    }
    this.#handler.onResponseError?.(controller, error);
  }
}
