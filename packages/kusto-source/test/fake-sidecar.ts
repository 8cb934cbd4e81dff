import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A change as the platform sees it, as far as tests look at it. */
export interface PublishedChange {
  readonly op: string;
  readonly payload: {
    readonly source: { readonly lsn: number; readonly ts_ns: number };
    readonly after?: { readonly id: string; readonly properties: Record<string, unknown> };
  };
}

/**
 * The part of a Dapr sidecar that the services use, for all apps at once: publish, state with ETags (first write wins) and
 * service invocation. Names of the real one's API: https://docs.dapr.io/reference/api/.
 */
export class FakeSidecar implements AsyncDisposable {
  readonly published: PublishedChange[] = [];
  readonly topics = new Set<string>();
  readonly state = new Map<string, { value: unknown; etag: number }>();
  /** App ids and the ports where their apps listen. */
  readonly apps = new Map<string, number>();
  /** Called with the changes of each publish before it is acknowledged. */
  onPublish: (changes: readonly PublishedChange[]) => void = () => undefined;
  /** Called before a state write is taken; what it returns decides. */
  beforeStateWrite: (value: Record<string, unknown>) => 'take' | 'drop' = () => 'take';
  readonly #server: Server;
  #etag = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        response.statusCode = 500;
        response.end(String(error));
      });
    });
  }

  static async start(): Promise<FakeSidecar> {
    const sidecar = new FakeSidecar();
    await new Promise<void>((resolve) => sidecar.#server.listen(0, '127.0.0.1', resolve));
    return sidecar;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get ids(): readonly (string | undefined)[] {
    return this.published.map((change) => change.payload.after?.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const [, version, api = '', ...rest] = new URL(request.url ?? '', 'http://localhost').pathname
      .split('/')
      .map(decodeURIComponent);
    if (version !== 'v1.0') response.writeHead(404).end();
    else if (api.startsWith('healthz')) response.writeHead(204).end();
    else if (api === 'publish') {
      this.topics.add(rest.join('/'));
      const changes = JSON.parse(body.toString()) as PublishedChange[];
      this.published.push(...changes);
      this.onPublish(changes);
      response.writeHead(204).end();
    } else if (api === 'state') this.#stateRequest(request, rest, body, response);
    else if (api === 'invoke') await this.#invoke(request, rest, body, response);
    else response.writeHead(404).end();
  }

  #stateRequest(
    request: IncomingMessage,
    [, key]: readonly string[],
    body: Buffer,
    response: ServerResponse,
  ): void {
    if (request.method === 'GET') {
      const stored = this.state.get(key ?? '');
      if (stored === undefined) response.writeHead(204).end();
      else response.writeHead(200, { etag: String(stored.etag) }).end(JSON.stringify(stored.value));
    } else if (request.method === 'DELETE') {
      this.state.delete(key ?? '');
      response.writeHead(204).end();
    } else {
      for (const item of JSON.parse(body.toString()) as {
        key: string;
        value: Record<string, unknown>;
        etag?: string;
      }[]) {
        if (this.beforeStateWrite(item.value) === 'drop') {
          response.destroy();
          return;
        }
        if (String(this.state.get(item.key)?.etag ?? '') !== (item.etag ?? '')) {
          response.writeHead(409).end('{"errorCode":"ERR_STATE_SAVE","message":"possible etag mismatch"}');
          return;
        }
        this.#etag += 1;
        this.state.set(item.key, { value: item.value, etag: this.#etag });
      }
      response.writeHead(204).end();
    }
  }

  async #invoke(
    request: IncomingMessage,
    rest: readonly string[],
    body: Buffer,
    response: ServerResponse,
  ): Promise<void> {
    const [app = '', , ...path] = rest;
    const port = this.apps.get(app);
    if (port === undefined) {
      response.writeHead(500).end('{"errorCode":"ERR_DIRECT_INVOKE"}');
      return;
    }
    try {
      const answer = await fetch(`http://127.0.0.1:${port}/${path.map(encodeURIComponent).join('/')}`, {
        method: request.method ?? 'GET',
        headers: { 'content-type': request.headers['content-type'] ?? 'application/json' },
        ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    } catch {
      response.writeHead(500).end('{"errorCode":"ERR_DIRECT_INVOKE"}');
    }
  }
}
