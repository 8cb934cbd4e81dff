/**
 * The `http` source of Drasi Server as its documentation and its code describe it: batches of events, bodies up to 2 MB, 200 with
 * an `error` for a batch that failed in part, 503 for a full log.
 */
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const LIMIT = 2 * 1024 * 1024;

/** What the server makes of a batch. `full after`: its log takes so many events and then no more. */
export type ServerFault =
  | { readonly status: number; readonly body?: string }
  | { readonly fullAfter: number }
  | { readonly badAfter: number }
  | 'hang'
  | undefined;

export class FakeDrasiServer {
  /** The events taken, each as its JSON text. */
  readonly events: string[] = [];
  /** The bodies of all requests, taken or not. */
  readonly bodies: string[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  readonly sourceId: string;
  fault: () => ServerFault = () => undefined;
  readonly #server: Server;

  private constructor(server: Server, sourceId: string) {
    this.#server = server;
    this.sourceId = sourceId;
  }

  static async start(sourceId: string, port = 0): Promise<FakeDrasiServer> {
    const server = createServer();
    const fake = new FakeDrasiServer(server, sourceId);
    server.on('request', (request, response) => void fake.#handle(request, response));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return fake;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    try {
      for await (const part of request) parts.push(part as Buffer);
    } catch {
      return;
    }
    const body = Buffer.concat(parts).toString('utf8');
    this.headers.push(request.headers);
    this.bodies.push(body);
    const answer = (status: number, value: unknown): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const fault = this.fault();
    if (fault === 'hang') return;
    if (fault !== undefined && 'status' in fault) {
      response.writeHead(fault.status).end(fault.body ?? '');
      return;
    }
    if (Buffer.byteLength(body) > LIMIT) {
      response.writeHead(413).end('length limit exceeded');
      return;
    }
    const path = /^\/sources\/([^/]+)\/events\/batch$/.exec(request.url ?? '');
    if (
      request.method !== 'POST' ||
      path === null ||
      request.headers['content-type'] !== 'application/json'
    ) {
      answer(404, { success: false, message: 'not found' });
      return;
    }
    if (decodeURIComponent(path[1] ?? '') !== this.sourceId) {
      answer(400, { success: false, message: 'Source name mismatch', error: `expected ${this.sourceId}` });
      return;
    }
    const texts = eventTexts(body);
    if (fault !== undefined && 'fullAfter' in fault) {
      this.events.push(...texts.slice(0, fault.fullAfter));
      answer(503, {
        success: false,
        message: 'WAL capacity exhausted',
        error: 'Source durability buffer is full',
      });
      return;
    }
    if (fault !== undefined && 'badAfter' in fault) {
      this.events.push(...texts.slice(0, fault.badAfter));
      const failed = texts.length - fault.badAfter;
      answer(200, {
        success: true,
        message: `Processed ${fault.badAfter} events successfully, ${failed} failed`,
        error: `${failed} events failed`,
      });
      return;
    }
    this.events.push(...texts);
    const message = `All ${texts.length} events processed successfully`;
    answer(200, { success: true, message });
  }
}

/** Each event as it was sent: what a parser of numbers would round is compared as text. */
function eventTexts(body: string): string[] {
  const { events } = JSON.parse(body, (_key, value: unknown, context?: { readonly source?: string }) =>
    typeof value === 'number'
      ? (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(context?.source ?? '')
      : value,
  ) as { events: unknown[] };
  return events.map((event) => JSON.stringify(event));
}
