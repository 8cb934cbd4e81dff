/** The limit of what a proxy can do: the bytes of the answer passed through untouched. */
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';
import { kustoUrl, serve } from './serve.ts';

const options = { results_v2_newlines_between_frames: true, results_v2_fragment_primary_tables: true };

async function answer(outgoing: NodeJS.WritableStream): Promise<void> {
  const { body } = await request(`${kustoUrl}/v2/rest/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ db: 'db', csl: 'StormEvents', properties: { Options: options } }),
  });
  await pipeline(body, outgoing);
}

serve(answer);
