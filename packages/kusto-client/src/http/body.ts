import { pipeline, Transform } from 'node:stream';
import type { Readable } from 'node:stream';
import { createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { KustoError } from '../errors.ts';

const CHUNK = 64 * 1024;

/**
 * The bytes of a body, decompressed as they come. A compressed body that is cut throws. Destroying the result destroys the body.
 * @throws KustoError KUSTO_PROTOCOL for an encoding that was not asked for
 */
export function decodeBody(body: Readable, encoding: string | undefined): Readable {
  switch (encoding?.trim().toLowerCase() ?? '') {
    case '':
    case 'identity':
      return body;
    case 'gzip':
    case 'x-gzip':
      return joined(body, createGunzip({ chunkSize: CHUNK }));
    case 'deflate':
      return joined(body, new AnyInflate());
    default:
      body.destroy();
      throw new KustoError(
        'KUSTO_PROTOCOL',
        `the answer has the content encoding ${JSON.stringify(encoding)}, which was not asked for`,
      );
  }
}

function joined(body: Readable, decoder: Transform): Readable {
  // Errors arrive at the reader of the last stream; the callback only keeps them from being unhandled.
  return pipeline(body, decoder, () => {});
}

/** "deflate" is zlib by the standard, and bare deflate from some servers: the first byte tells. */
class AnyInflate extends Transform {
  #inner: Transform | undefined;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#inner === undefined) {
      if (chunk.length === 0) {
        done();
        return;
      }
      this.#inner =
        ((chunk[0] ?? 0) & 0x0f) === 8
          ? createInflate({ chunkSize: CHUNK })
          : createInflateRaw({ chunkSize: CHUNK });
      this.#inner.on('error', (error) => this.destroy(error));
      this.#inner.on('data', (data: Buffer) => {
        if (!this.push(data)) this.#inner?.pause();
      });
    }
    if (this.#inner.write(chunk)) done();
    else this.#inner.once('drain', done);
  }

  override _flush(done: (error?: Error | null) => void): void {
    if (this.#inner === undefined) {
      done();
      return;
    }
    this.#inner.once('end', done);
    this.#inner.end();
  }

  override _read(size: number): void {
    this.#inner?.resume();
    super._read(size);
  }
}

/** Reads at most `limit` bytes as text and leaves the rest: an error page of any size must not fill the memory. */
export async function readBounded(body: Readable, limit: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, limit - size));
      size += chunk.length;
      if (size >= limit) break;
    }
  } catch {
    // A cut explanation is still one; the status says the rest.
  }
  body.destroy();
  return Buffer.concat(chunks).toString('utf8');
}
