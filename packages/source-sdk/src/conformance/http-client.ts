/** A plain HTTP client that tells a clean end from a cut connection, which most hide. */
import { request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** False when the connection was cut before the end that HTTP announces. */
  readonly whole: boolean;
}

export interface AskOptions {
  readonly method?: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  readonly onResponse?: (response: IncomingMessage) => void;
  readonly onData?: (bytes: Buffer, response: IncomingMessage) => void;
  /** Leaves the body's bytes to `onData` alone. */
  readonly discard?: boolean;
}

/** @throws Error when no answer came */
export function ask(url: string, options: AskOptions = {}): Promise<Answer> {
  const { method = 'POST', body, contentType = 'application/json', signal, onResponse, onData } = options;
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method,
      agent: false,
      ...(signal === undefined ? {} : { signal }),
      headers:
        body === undefined
          ? {}
          : { 'content-type': contentType, 'content-length': String(Buffer.byteLength(body)) },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      onResponse?.(response);
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => {
        if (options.discard !== true) parts.push(part);
        onData?.(part, response);
      });
      response.on('error', () => undefined);
      response.on('close', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(parts),
          whole: response.complete,
        }),
      );
    });
    sent.end(body);
  });
}
