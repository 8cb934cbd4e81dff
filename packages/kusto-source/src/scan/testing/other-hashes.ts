import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * A relay to a Kusto endpoint on this machine whose `hash()` can be made another function, as Kusto reserves for its own: calls in
 * the queries' texts are written anew. It also counts what was asked.
 */
export class OtherHashes implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: string;
  /** Whether `hash()` is another function now. */
  changed = false;
  readonly queries: string[] = [];
  received = 0;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => void this.#relay(request, response));
  }

  static async start(target: string): Promise<OtherHashes> {
    const relay = new OtherHashes(target);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async #relay(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let text = '';
    for await (const part of request) text += String(part);
    if (request.method === 'POST') {
      const body = JSON.parse(text) as { csl: string };
      if (request.url === '/v2/rest/query') this.queries.push(body.csl);
      text = JSON.stringify(this.changed ? { ...body, csl: otherHash(body.csl) } : body);
    }
    const answer = await fetch(`${this.#target}${request.url ?? ''}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      ...(request.method === 'POST' ? { body: text } : {}),
    });
    response.writeHead(answer.status, {
      'content-type': answer.headers.get('content-type') ?? 'application/json',
    });
    if (answer.body !== null)
      for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) {
        this.received += part.length;
        if (!response.write(part)) await new Promise((resolve) => response.once('drain', resolve));
      }
    response.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** The text with every `hash(x)` and `hash(x, n)` of something else than x. */
export function otherHash(text: string): string {
  const call = /\bhash\(/g;
  let result = '';
  let at = 0;
  for (let found = call.exec(text); found !== null; found = call.exec(text)) {
    const start = found.index + found[0].length;
    const end = argumentEnd(text, start);
    result += `${text.slice(at, start)}strcat('other', tostring(${text.slice(start, end)}))`;
    at = end;
    call.lastIndex = end;
  }
  return result + text.slice(at);
}

function argumentEnd(text: string, start: number): number {
  let depth = 0;
  let quote = '';
  for (let at = start; at < text.length; at++) {
    const character = text[at] as string;
    if (quote !== '') {
      if (character === '\\') at += 1;
      else if (character === quote) quote = '';
    } else if (character === "'" || character === '"') quote = character;
    else if (character === '(' || character === '[') depth += 1;
    else if (depth === 0 && (character === ')' || character === ',')) return at;
    else if (character === ')' || character === ']') depth -= 1;
  }
  throw new Error(`no end of the call in ${text}`);
}
