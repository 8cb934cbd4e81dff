import { request } from 'node:http';

/** Sends a text and reads the answer to its end; the seconds are the whole round trip. */
export async function ask(
  url: string,
  kind: 'mgmt' | 'query',
  csl: string,
): Promise<{ seconds: number; bytes: number; text: string }> {
  const began = performance.now();
  const Options = {
    notruncation: true,
    results_v2_newlines_between_frames: true,
    results_v2_fragment_primary_tables: csl === 'T',
    servertimeout: '01:00:00',
  };
  const body = JSON.stringify({ db: 'NetDefaultDB', csl, properties: { Options } });
  return await new Promise((resolve, reject) => {
    const path = kind === 'query' ? '/v2/rest/query' : '/v1/rest/mgmt';
    const options = { method: 'POST', headers: { 'content-type': 'application/json' } };
    const sent = request(`${url}${path}`, options, (response) => {
      let bytes = 0;
      let text = '';
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (text.length < 10_000) text += chunk.toString('latin1');
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode === 200)
          resolve({ seconds: (performance.now() - began) / 1000, bytes, text });
        else reject(new Error(`${csl.slice(0, 80)}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
