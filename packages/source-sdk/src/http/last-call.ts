import type { Readable } from 'node:stream';

/**
 * A request body for undici whose last byte is sent only after `lastCall` returned. With its length announced, a body without its
 * last byte is no message for the receiver: a process that finds itself too late (rule R21) can still take it back.
 */
export function bodyWithLastCall(
  body: Uint8Array,
  lastCall: (() => void) | undefined,
): { readonly body: Uint8Array | Readable; readonly headers: { readonly [name: string]: string } } {
  if (lastCall === undefined || body.length === 0) return { body, headers: {} };
  return {
    // undici takes any iterable of bytes; only its types know no other than a stream.
    body: parts(body, lastCall) as unknown as Readable,
    headers: { 'content-length': String(body.length) },
  };
}

/** The second part is asked for when the connection has taken all of the first. */
async function* parts(body: Uint8Array, lastCall: () => void): AsyncGenerator<Uint8Array> {
  yield body.subarray(0, -1);
  lastCall();
  yield body.subarray(-1);
}
