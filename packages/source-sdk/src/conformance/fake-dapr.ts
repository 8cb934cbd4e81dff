/**
 * A Dapr sidecar for sources that speak its HTTP API: publish, state with ETags, service invocation, health
 * (https://docs.dapr.io/reference/api/). It keeps what it is given and can be told to answer otherwise.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../errors.ts';

export interface PublishedMessage {
  readonly pubsub: string;
  readonly topic: string;
  readonly contentType: string | undefined;
  readonly body: string;
  /** It was answered with success. */
  acknowledged: boolean;
}

/** What becomes of a request: `apply` it and answer, or never answer (`hang`), or answer a status without applying it. */
export type Verdict = 'apply' | 'hang' | number;

interface Stored {
  readonly value: unknown;
  readonly etag: string;
}

export class FakeDapr {
  readonly published: PublishedMessage[] = [];
  readonly state = new Map<string, Stored>();
  /** Where service invocation finds an app, by its id. */
  readonly apps = new Map<string, string>();
  onPublish: (message: PublishedMessage) => Verdict = () => 'apply';
  onStateWrite: () => Verdict = () => 'apply';
  /** Writes of state, refused ones too. */
  stateWrites = 0;
  readonly #server: Server;
  #port = 0;
  #etag = 0;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => {
        response.writeHead(500).end(messageOf(error));
      });
    });
  }

  /** @param port 0 takes a free one */
  async start(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Also while it is stopped: it comes back there. */
  get port(): number {
    return this.#port;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** As new, but with the same port. */
  clear(): void {
    this.published.length = 0;
    this.state.clear();
    this.stateWrites = 0;
    this.onPublish = () => 'apply';
    this.onStateWrite = () => 'apply';
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request;
    const body = await whole(request);
    if (body === undefined) return;
    const path = new URL(url, 'http://dapr').pathname.split('/').slice(1).map(decodeURIComponent);
    const [, kind, ...rest] = path;
    if (kind === 'healthz') response.writeHead(204).end();
    else if (kind === 'metadata') response.writeHead(200, JSON_TYPE).end('{"id":"conformance"}');
    else if (kind === 'publish' && method === 'POST') this.#publish(rest, request, body, response);
    else if (kind === 'state') this.#state(method, rest, body, response);
    else if (kind === 'invoke') await this.#invoke(method, rest, request, body, response);
    else response.writeHead(404, JSON_TYPE).end('{"errorCode":"ERR_NOT_FOUND"}');
  }

  #publish(
    [pubsub = '', topic = '']: readonly string[],
    request: IncomingMessage,
    body: Buffer<ArrayBuffer>,
    response: ServerResponse,
  ): void {
    const contentType = request.headers['content-type'];
    const message = { pubsub, topic, contentType, body: body.toString('utf8'), acknowledged: false };
    const verdict = this.onPublish(message);
    this.published.push(message);
    if (verdict === 'hang') return;
    message.acknowledged = verdict === 'apply';
    response.writeHead(verdict === 'apply' ? 204 : verdict).end();
  }

  #state(
    method: string,
    [, key]: readonly string[],
    body: Buffer<ArrayBuffer>,
    response: ServerResponse,
  ): void {
    if (method === 'GET') {
      const stored = this.state.get(key ?? '');
      if (stored === undefined) response.writeHead(204).end();
      else response.writeHead(200, { ...JSON_TYPE, etag: stored.etag }).end(JSON.stringify(stored.value));
      return;
    }
    this.stateWrites += 1;
    const verdict = this.onStateWrite();
    if (verdict === 'hang') return;
    const status = verdict !== 'apply' ? verdict : method === 'DELETE' ? this.#delete(key) : this.#save(body);
    response.writeHead(status).end();
  }

  #delete(key = ''): number {
    this.state.delete(key);
    return 204;
  }

  #save(body: Buffer<ArrayBuffer>): number {
    const items = JSON.parse(body.toString('utf8')) as readonly {
      readonly key: string;
      readonly value: unknown;
      readonly etag?: string;
    }[];
    for (const { key, value, etag } of items) {
      if (etag !== undefined && etag !== '' && this.state.get(key)?.etag !== etag) return 409;
      this.#etag += 1;
      this.state.set(key, { value, etag: String(this.#etag) });
    }
    return 204;
  }

  async #invoke(
    method: string,
    [app = '', , ...target]: readonly string[],
    request: IncomingMessage,
    body: Buffer<ArrayBuffer>,
    response: ServerResponse,
  ): Promise<void> {
    const base = this.apps.get(app);
    if (base === undefined) {
      response.writeHead(500, JSON_TYPE).end('{"errorCode":"ERR_DIRECT_INVOKE"}');
      return;
    }
    const answer = await fetch(`${base}/${target.map(encodeURIComponent).join('/')}`, {
      method,
      ...(body.length === 0
        ? {}
        : { body, headers: { 'content-type': request.headers['content-type'] ?? 'application/json' } }),
    });
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  }
}

const JSON_TYPE = { 'content-type': 'application/json' } as const;

/** Undefined when the sender left before the end. */
async function whole(request: IncomingMessage): Promise<Buffer<ArrayBuffer> | undefined> {
  const parts: Buffer[] = [];
  try {
    for await (const part of request) parts.push(part as Buffer);
  } catch {
    return undefined;
  }
  return Buffer.concat(parts);
}
