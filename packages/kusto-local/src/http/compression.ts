import { pipeline, type Readable, type Transform } from 'node:stream';
import { createDeflate, createGunzip, createGzip, createInflate } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** The answer's body in the first of gzip and deflate that the client accepts. */
export function compressed(stream: Readable, request: FastifyRequest, reply: FastifyReply): Readable {
  const encoding = acceptedEncoding(request.headers['accept-encoding']);
  if (encoding === undefined) return stream;
  void reply.header('content-encoding', encoding).header('vary', 'accept-encoding');
  const encoder: Transform = encoding === 'gzip' ? createGzip({ level: 1 }) : createDeflate({ level: 1 });
  // The callback only takes note: the error ends the reply's socket on its own.
  return pipeline(stream, encoder, () => undefined);
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
