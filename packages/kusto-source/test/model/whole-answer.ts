import { gunzipSync, inflateSync } from 'node:zlib';
import type { Answer } from './life-dispatcher.ts';

/** Whether the answer to a query says at its end that it is whole and had no error: what a result counts by (invariant I9). */
export function isWhole({ status, encoding, body }: Answer): boolean {
  if (status !== 200) return false;
  let text: string;
  try {
    text = decoded(body, encoding).toString('latin1');
  } catch {
    return false;
  }
  return /\{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false[^{}]*\}\s*\]?\s*$/.test(
    text.slice(-300),
  );
}

function decoded(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined) return body;
  return encoding === 'gzip' ? gunzipSync(body) : inflateSync(body);
}
