import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** What went over a {@link CountingRelay} since it was last asked. */
export interface Traffic {
  readonly queries: number;
  /** All bytes on the wire, HTTP headers included. */
  readonly sent: number;
  readonly received: number;
}

/** A TCP relay to a Kusto endpoint on this machine, which counts. */
export class CountingRelay implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #queries = 0;
  #sent = 0;
  #received = 0;

  private constructor(targetPort: number) {
    this.#server = createServer((client) => {
      const target = connect(targetPort, '127.0.0.1');
      client.on('data', (chunk) => {
        this.#sent += chunk.length;
        // A request for a small result is one write, so its first line is never cut.
        this.#queries += chunk.toString('latin1').split('POST /v2/rest/query').length - 1;
      });
      target.on('data', (chunk) => (this.#received += chunk.length));
      for (const [socket, other] of [
        [client, target],
        [target, client],
      ] as const) {
        this.#sockets.add(socket);
        socket.on('error', () => other.destroy());
        socket.on('close', () => this.#sockets.delete(socket));
        socket.pipe(other);
      }
    });
  }

  static async start(targetPort: number): Promise<CountingRelay> {
    const relay = new CountingRelay(targetPort);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** The traffic since the last call. */
  take(): Traffic {
    const traffic = { queries: this.#queries, sent: this.#sent, received: this.#received };
    this.#queries = this.#sent = this.#received = 0;
    return traffic;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
