import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { ConnectionPair } from './connection-pair.ts';
import { until } from './until.ts';

/** Which of a connection's two flows: what the client sends, or what comes back. */
export type Way = 'request' | 'answer';

/** How slowly bytes go on: so many, then a pause. */
export interface Drip {
  readonly bytes: number;
  readonly everyMs: number;
}

/** The state of a line, as its connections look at it before they pass anything on. */
export class LineState {
  drip: Drip | undefined;
  #stalled: PromiseWithResolvers<void> | undefined;
  #cut: { readonly way: Way; left: number } | undefined;

  get stalled(): Promise<void> | undefined {
    return this.#stalled?.promise;
  }

  stall(): void {
    this.#stalled ??= Promise.withResolvers<void>();
  }

  cut(way: Way, afterBytes: number): void {
    this.#cut = { way, left: afterBytes };
  }

  get waitsForCut(): boolean {
    return this.#cut !== undefined;
  }

  /** @returns how many of these bytes still pass before the connection ends; undefined: all of them, and it does not end */
  takeCut(way: Way, bytes: number): number | undefined {
    if (this.#cut?.way !== way) return undefined;
    if (bytes <= this.#cut.left) {
      this.#cut.left -= bytes;
      return undefined;
    }
    const { left } = this.#cut;
    this.#cut = undefined;
    return left;
  }

  heal(): void {
    this.drip = undefined;
    this.#cut = undefined;
    this.#stalled?.resolve();
    this.#stalled = undefined;
  }
}

/**
 * A TCP proxy on the loopback that can treat the connections through it badly. It passes every byte on in order until told
 * otherwise.
 *
 * What a client has sent, and no longer waits for, is not passed on later. A network may do that; then a message of the past
 * reaches the topic after newer ones, which is beyond what a Source can see (R25 in SPEC.md).
 */
export class TcpChaos implements AsyncDisposable {
  readonly #target: number;
  readonly #state = new LineState();
  readonly #pairs = new Set<ConnectionPair>();
  #server: Server | undefined;
  #port = 0;

  private constructor(target: number) {
    this.#target = target;
  }

  /** @param target the port of 127.0.0.1 that it stands in front of; nothing needs to listen there yet */
  static async listen(target: number): Promise<TcpChaos> {
    const line = new TcpChaos(target);
    await line.#listen();
    return line;
  }

  get port(): number {
    return this.#port;
  }

  /** Open connections. */
  get size(): number {
    return this.#pairs.size;
  }

  /** Resets (RST) every connection, on both sides. @returns how many */
  reset(): number {
    const pairs = [...this.#pairs];
    for (const pair of pairs) pair.reset();
    return pairs.length;
  }

  /** Nothing passes any more, also of connections made from now on; none is closed. As if the peer stood still. */
  stall(): void {
    this.#state.stall();
  }

  /** Bytes pass a few at a time. */
  drip(drip: Drip): void {
    this.#state.drip = drip;
  }

  /** The connection that carries the byte after these many of this way from now on ends before it. Once. */
  cut(way: Way, afterBytes: number): void {
    this.#state.cut(way, afterBytes);
  }

  /** Whether a cut was asked for and has not come yet. */
  get waitsForCut(): boolean {
    return this.#state.waitsForCut;
  }

  /** New connections are refused by the system, and those there were are reset. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.reset();
    await closed;
  }

  /** As on the first day: what was held back passes on, and connections are taken. */
  async heal(): Promise<void> {
    this.#state.heal();
    // The port is one of those that the system gives to outgoing connections as well.
    if (this.#server === undefined)
      await until(
        () =>
          this.#listen().then(
            () => true,
            () => false,
          ),
        `port ${this.#port}, free again`,
      );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#state.heal();
    await this.refuse();
  }

  async #listen(): Promise<void> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  #accept(client: Socket): void {
    const pair = new ConnectionPair(client, this.#target, this.#state);
    this.#pairs.add(pair);
    void pair.closed.then(() => this.#pairs.delete(pair));
  }
}
