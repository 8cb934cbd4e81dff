import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { LineState, Way } from './tcp-chaos.ts';

/** Above this much held back, nothing more is read. */
const MOST_HELD = 16 * 1024 * 1024;

/** A client's connection, and the one to the target that belongs to it. */
export class ConnectionPair {
  /** Resolves when both are gone. */
  readonly closed: Promise<unknown>;
  readonly #client: Socket;
  readonly #target: Socket;

  constructor(client: Socket, targetPort: number, state: LineState) {
    this.#client = client;
    this.#target = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    const gone = (socket: Socket): Promise<void> =>
      new Promise((resolve) => {
        // A reset is what this is here for; 'close' follows.
        socket.on('error', () => {});
        socket.once('close', () => {
          this.#end();
          resolve();
        });
      });
    this.closed = Promise.all([gone(this.#client), gone(this.#target)]);
    carry(client, this.#target, 'request', state, () => this.#end());
    carry(this.#target, client, 'answer', state, () => this.#end());
  }

  reset(): void {
    this.#client.resetAndDestroy();
    this.#target.resetAndDestroy();
  }

  #end(): void {
    this.#client.destroy();
    this.#target.destroy();
  }
}

/** Begins one way through a pair; it ends with its sockets. */
function carry(...[from, to, way, state, end]: ConstructorParameters<typeof Flow>): Flow {
  return new Flow(from, to, way, state, end);
}

/** One way through a pair. It reads on while it holds back, as it would not see that a client has gone otherwise. */
class Flow {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #way: Way;
  readonly #state: LineState;
  readonly #end: () => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #ended = false;
  #passing = false;

  constructor(from: Socket, to: Socket, way: Way, state: LineState, end: () => void) {
    this.#from = from;
    this.#to = to;
    this.#way = way;
    this.#state = state;
    this.#end = end;
    from.on('data', (bytes: Buffer) => {
      this.#held.push(bytes);
      this.#heldBytes += bytes.length;
      if (this.#heldBytes > MOST_HELD) from.pause();
      this.#wake();
    });
    from.once('end', () => {
      this.#ended = true;
      // Clients of HTTP and of Redis never close one half only: this one has given up.
      if (way === 'request' && this.#heldBytes > 0) end();
      else this.#wake();
    });
  }

  #wake(): void {
    if (this.#passing) return;
    this.#passing = true;
    this.#pass()
      .catch(() => this.#end())
      .finally(() => {
        this.#passing = false;
      });
  }

  async #pass(): Promise<void> {
    for (;;) {
      await this.#state.stalled;
      if (this.#to.destroyed) return;
      if (this.#state.stalled !== undefined) continue;
      const [bytes] = this.#held;
      if (bytes === undefined) break;
      const { drip } = this.#state;
      const piece = drip === undefined ? bytes : bytes.subarray(0, drip.bytes);
      const left = this.#state.takeCut(this.#way, piece.length);
      await this.#write(left === undefined ? piece : piece.subarray(0, left));
      if (left !== undefined) return this.#end();
      this.#taken(bytes, piece.length);
      if (drip !== undefined) await wait(drip.everyMs);
    }
    if (this.#ended) this.#to.end();
  }

  #taken(first: Buffer, bytes: number): void {
    if (bytes === first.length) this.#held.shift();
    else this.#held[0] = first.subarray(bytes);
    this.#heldBytes -= bytes;
    if (this.#heldBytes <= MOST_HELD && this.#from.isPaused()) this.#from.resume();
  }

  /** Resolves once the system has it: the peer gets it even when the connection ends next. */
  #write(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) =>
      this.#to.write(bytes, (error) => {
        if (error) reject(error);
        else resolve();
      }),
    );
  }
}
