/** A Dapr sidecar as its API documents it: publish, state with ETags and first write wins, service invocation. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

export interface Published {
  readonly pubsub: string;
  readonly topic: string;
  readonly contentType: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

interface Stored {
  readonly text: string;
  readonly etag: string;
}

/** What a test makes the sidecar do instead; undefined: as usual. `hang` never answers. */
export type Fault =
  | { readonly status: number; readonly body?: string; readonly applied?: boolean }
  | 'hang'
  | undefined;

export class FakeSidecar {
  readonly published: Published[] = [];
  readonly requests: string[] = [];
  /** The `traceparent` of the last request of each kind. */
  readonly traces = new Map<string, string | string[] | undefined>();
  readonly state = new Map<string, Stored>();
  /** The port of the app that service invocation reaches; its id. */
  readonly apps = new Map<string, number>();
  ready = true;
  /** While true, the bodies of publishes are left unread. */
  pauseReading = false;
  fault: (method: string, path: string) => Fault = () => undefined;
  #server: Server;
  #etag = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port = 0): Promise<FakeSidecar> {
    const server = createServer();
    const sidecar = new FakeSidecar(server);
    server.on('request', (request, response) => void sidecar.#handle(request, response));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return sidecar;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    // Only when its body came whole is a request one.
    while (this.pauseReading && url.includes('/publish/')) await wait(20);
    const body = await bytes(request).catch(() => undefined);
    if (body === undefined) return;
    const { pathname, searchParams } = new URL(url, 'http://sidecar');
    if (pathname === '/v1.0/healthz/outbound') {
      response.writeHead(this.ready ? 204 : 500).end();
      return;
    }
    this.requests.push(`${method} ${url}`);
    this.traces.set(`${method} ${url}`, request.headers['traceparent']);
    const fault = this.fault(method, pathname);
    if (fault === 'hang') return;
    if (fault !== undefined && fault.applied !== true) {
      response.writeHead(fault.status).end(fault.body ?? '');
      return;
    }
    const answer = await this.#answer(method, pathname, searchParams, request, body);
    const status = fault?.status ?? answer.status;
    response.writeHead(status, answer.etag === undefined ? {} : { etag: answer.etag }).end(answer.body ?? '');
  }

  async #answer(
    method: string,
    path: string,
    query: URLSearchParams,
    request: IncomingMessage,
    bytes: Buffer<ArrayBuffer>,
  ): Promise<{ status: number; body?: string; etag?: string }> {
    const body = bytes.toString('utf8');
    if (!this.ready) return { status: 400, body: '{"errorCode":"ERR_COMPONENT_NOT_CONFIGURED"}' };
    const [, , kind, ...rest] = path.split('/').map(decodeURIComponent);
    if (kind === 'publish') {
      const [pubsub = '', topic = ''] = rest;
      if (pubsub !== 'drasi-pubsub')
        return {
          status: 404,
          body: `{"errorCode":"ERR_PUBSUB_NOT_FOUND","message":"pubsub ${pubsub} is not found"}`,
        };
      this.published.push({
        pubsub,
        topic,
        contentType: request.headers['content-type'],
        headers: request.headers,
        body,
      });
      return { status: 204 };
    }
    if (kind === 'invoke') {
      const [appId = '', , ...target] = rest;
      const port = this.apps.get(appId);
      if (port === undefined) return { status: 500, body: '{"errorCode":"ERR_DIRECT_INVOKE"}' };
      const answer = await fetch(`http://127.0.0.1:${port}/${target.map(encodeURIComponent).join('/')}`, {
        method,
        ...(body === ''
          ? {}
          : {
              body: bytes,
              headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
            }),
      });
      return { status: answer.status, body: await answer.text() };
    }
    const [store, key = ''] = rest;
    if (kind !== 'state' || store !== 'drasi-state')
      return {
        status: 400,
        body: `{"errorCode":"ERR_STATE_STORE_NOT_FOUND","message":"state store ${store} is not found"}`,
      };
    if (method === 'GET') {
      const stored = this.state.get(key);
      if (query.get('consistency') !== 'strong')
        return { status: 400, body: 'the test expects strong consistency' };
      return stored === undefined ? { status: 204 } : { status: 200, body: stored.text, etag: stored.etag };
    }
    if (method === 'DELETE') {
      this.state.delete(key);
      return { status: 204 };
    }
    return this.#save(body);
  }

  #save(body: string): { status: number; body?: string } {
    for (const item of JSON.parse(body)) {
      if (item.options?.concurrency !== 'first-write' || item.options?.consistency !== 'strong')
        return { status: 400, body: 'the test expects first-write and strong' };
      const stored = this.state.get(item.key);
      if (stored?.etag !== item.etag)
        return { status: 409, body: '{"errorCode":"ERR_STATE_SAVE","message":"possible etag mismatch"}' };
      this.#etag += 1;
      this.state.set(item.key, { text: JSON.stringify(item.value), etag: String(this.#etag) });
    }
    return { status: 204 };
  }
}

async function bytes(stream: IncomingMessage): Promise<Buffer<ArrayBuffer>> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
