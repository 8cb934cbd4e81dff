import { KustoSourceError } from '../errors.ts';
import { ndjsonLines } from './ndjson-lines.ts';

const poison = Buffer.from('{"error"');

/**
 * Asks a Source's proxy for all nodes of a label, as a query's start does, and yields their JSON texts in batches.
 * @throws KustoSourceError QUICKSTART when the answer is an error or breaks off
 */
export async function* readBootstrap(
  proxyUrl: string,
  label: string,
  signal: AbortSignal,
): AsyncGenerator<readonly Buffer[]> {
  const response = await fetch(new URL('/acquire-stream', proxyUrl), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ nodeLabels: [label], relLabels: [] }),
    signal,
  });
  if (response.status !== 200 || response.body === null)
    throw new KustoSourceError(
      'QUICKSTART',
      `the bootstrap was answered with HTTP ${response.status}: ${(await response.text()).slice(0, 500)}`,
    );
  for await (const lines of ndjsonLines(response.body)) {
    for (const line of lines)
      if (line.subarray(0, poison.length).equals(poison))
        throw new KustoSourceError(
          'QUICKSTART',
          `the bootstrap broke off: ${line.toString('utf8').slice(0, 500)}`,
        );
    yield lines;
  }
}
