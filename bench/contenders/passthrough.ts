/** The limit of what a proxy can do: the bytes of the answer passed through untouched. */
import { createServer } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { request } from 'undici';

const [url = '', port = '0'] = process.argv.slice(2);
const options = { results_v2_newlines_between_frames: true, results_v2_fragment_primary_tables: true };

const server = createServer((incoming, outgoing) => {
  incoming.resume();
  if (incoming.method === 'GET') {
    outgoing.writeHead(204).end();
    return;
  }
  answer(outgoing).catch((error: unknown) => outgoing.destroy(error as Error));
});

async function answer(outgoing: NodeJS.WritableStream): Promise<void> {
  const { body } = await request(`${url}/v2/rest/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ db: 'db', csl: 'StormEvents', properties: { Options: options } }),
  });
  await pipeline(body, outgoing);
}

server.listen(Number(port), '127.0.0.1');
