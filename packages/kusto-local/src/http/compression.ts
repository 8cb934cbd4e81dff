import { pipeline, type Readable, type Transform } from 'node:stream';
import { createDeflate, createGunzip, createGzip, createInflate, deflateSync, gzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** An answer that ends within so many bytes is compressed at once, better, and sent in one piece with its length. */
const smallBytes = 4096;

/** The answer's body in the first of gzip and deflate that the client accepts. */
export async function compressed(
  stream: Readable,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Readable | Buffer> {
  const encoding = acceptedEncoding(request.headers['accept-encoding']);
  if (encoding === undefined) return stream;
  const small = await wholeIfSmall(stream);
  void reply.header('content-encoding', encoding).header('vary', 'accept-encoding');
  if (small !== undefined) return encoding === 'gzip' ? gzipSync(small) : deflateSync(small);
  const encoder: Transform = encoding === 'gzip' ? createGzip({ level: 1 }) : createDeflate({ level: 1 });
  // The callback only takes note: the error ends the reply's socket on its own.
  return pipeline(stream, encoder, () => undefined);
}

/** All of a stream that ends soon; undefined when it is longer or breaks, with nothing of it taken away. */
async function wholeIfSmall(stream: Readable): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const take = (): void => {
    for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) {
      chunks.push(chunk);
      size += chunk.length;
    }
    if (size > smallBytes) resolve(undefined);
  };
  const ended = (): void => resolve(Buffer.concat(chunks));
  const broken = (): void => resolve(undefined);
  stream.on('readable', take).once('end', ended).once('error', broken).once('close', broken);
  const small = await promise;
  stream.off('readable', take).off('end', ended).off('error', broken).off('close', broken);
  if (small === undefined && size > 0 && !stream.destroyed) stream.unshift(Buffer.concat(chunks));
  return small;
}

/** gzip goes before deflate; `q=0` refuses one. */
export function acceptedEncoding(header: string | string[] | undefined): 'deflate' | 'gzip' | undefined {
  const parts = String(header ?? '')
    .toLowerCase()
    .split(',')
    .filter((part) => !/;\s*q=0(?:\.0*)?\s*$/.test(part));
  const accepted = new Set(parts.map((part) => part.split(';', 1)[0]?.trim()));
  return (['gzip', 'deflate'] as const).find((encoding) => accepted.has(encoding));
}

/** The request's body as it was before its content-encoding, if that is gzip or deflate. */
export function decompressed(request: FastifyRequest, payload: Readable): Readable {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase();
  if (encoding !== 'gzip' && encoding !== 'deflate') return payload;
  // The server compares it with content-length, which is of the compressed body.
  const decoder = Object.assign(encoding === 'gzip' ? createGunzip() : createInflate(), {
    receivedEncodedLength: 0,
  });
  payload.on('data', (chunk: Buffer) => (decoder.receivedEncodedLength += chunk.length));
  return pipeline(payload, decoder, () => undefined);
}
