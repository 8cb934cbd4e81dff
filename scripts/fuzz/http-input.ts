import { Agent, request } from 'node:http';

/** A request as an input has it: `METHOD path content-type`, then the body. */
export interface HttpInput {
  readonly method: string;
  readonly path: string;
  readonly contentType: string;
  readonly body: Uint8Array;
}

const METHODS = ['POST', 'GET', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'];

/** Any bytes are a request, so that every change of an input reaches the server. */
export function readHttpInput(input: Uint8Array): HttpInput {
  const bytes = Buffer.from(input);
  const line = bytes.indexOf(10);
  const head = (line < 0 ? bytes : bytes.subarray(0, line)).toString('latin1').split(' ');
  const method = METHODS.find((known) => known === head[0]) ?? 'POST';
  const path = `/${head[1] ?? ''}`
    .replace(/^\/\//, '/')
    .replaceAll(/[^!-~]/g, (byte) => encodeURIComponent(byte));
  const contentType = head
    .slice(2)
    .join(' ')
    .replaceAll(/[^ -~]/g, '');
  return {
    method,
    path: path.slice(0, 2_000),
    contentType: contentType.slice(0, 200),
    body: bytes.subarray(line < 0 ? bytes.length : line + 1),
  };
}

export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
}

/** Sends over connections that are kept. */
export class HttpSender {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 4 });
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
  }

  send({ method, path, contentType, body }: HttpInput): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-length': body.length,
        ...(contentType === '' ? {} : { 'content-type': contentType }),
      };
      const options = { host: '127.0.0.1', port: this.#port, method, path, headers, agent: this.#agent };
      const sent = request(options, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.on('error', reject);
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
        );
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
