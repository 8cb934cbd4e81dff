import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One scripted answer. */
export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array;
  /** Writes the answer itself instead. */
  readonly write?: (response: ServerResponse, request: SeenRequest) => void | Promise<void>;
}

/** A scripted endpoint on this machine: answers queries and commands in the order given, and records what was asked. */
export class FakeKusto implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  readonly #server: Server;
  readonly #answers: ScriptedAnswer[] = [];
  readonly #sockets = new Set<Socket>();
  /** The answer of the metadata address. Default 404. */
  metadata: ScriptedAnswer = { status: 404, body: '' };

  /** Answers every command; undefined leaves it to the script. Default: all are left to the script. */
  command: (csl: string) => ScriptedAnswer | undefined = () => undefined;

  private constructor() {
    this.#server = createServer((request, response) => {
      void this.#handle(request, response);
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(): Promise<FakeKusto> {
    const fake = new FakeKusto();
    await new Promise<void>((resolve) => {
      fake.#server.listen(0, '127.0.0.1', resolve);
    });
    return fake;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  answer(...answers: readonly ScriptedAnswer[]): void {
    this.#answers.push(...answers);
  }

  get queries(): readonly SeenRequest[] {
    return this.requests.filter((request) => request.path === '/v2/rest/query');
  }

  get commands(): readonly SeenRequest[] {
    return this.requests.filter((request) => request.path === '/v1/rest/mgmt');
  }

  /** Waits until `condition` holds. */
  async until(condition: () => boolean): Promise<void> {
    for (let i = 0; i < 500; i++) {
      if (condition()) return;
      await delay(10);
    }
    throw new Error('the condition did not come true within 5 s');
  }

  get connections(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    } catch {
      return;
    }
    const seen: SeenRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.requests.push(seen);
    const answer = this.#choose(seen);
    if (answer.write !== undefined) {
      await answer.write(response, seen);
      return;
    }
    response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
    response.end(answer.body ?? '');
  }

  #choose(seen: SeenRequest): ScriptedAnswer {
    if (seen.path === '/v1/rest/auth/metadata') return this.metadata;
    // Cancellations come at any moment: they take no answer from the script.
    if (seen.body.includes('.cancel query')) return { status: 200, body: '{"Tables":[]}' };
    if (seen.path === '/v1/rest/mgmt') {
      const answer = this.command((JSON.parse(seen.body) as { csl: string }).csl);
      if (answer !== undefined) return answer;
    }
    return this.#answers.shift() ?? { status: 500, body: 'no answer is left in the script' };
  }
}
