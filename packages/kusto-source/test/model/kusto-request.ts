/** What a request of a source to Kusto is, told by what goes over the wire. */

export type RequestKind =
  /** Rows of a window, keys that left in it included. */
  | 'window rows'
  /** Of a window, how many rows there are. */
  | 'window size'
  /** Of a scan; see `scan.ts`. */
  | 'digest'
  | 'hashes'
  | 'scan rows'
  | 're-check'
  /** Of a bootstrap, or of a feed without a key index that publishes everything again. */
  | 'snapshot rows'
  /** The columns of the query: the first question of a feed that begins. */
  | 'schema'
  /** The cursor, counts, policies. */
  | 'other';

export interface KustoRequest {
  readonly service: 'feed' | 'bootstrap';
  readonly kind: RequestKind;
  readonly text: string;
  /** The cursors it is between; of what is not bounded there is none. */
  readonly after: string | undefined;
  readonly upTo: string | undefined;
}

/**
 * @param id the value of x-ms-client-request-id
 * @param body of a query or a command
 * @returns undefined for what neither the feed nor a bootstrap asks, such as a cancellation
 */
export function readRequest(id: string, body: string): KustoRequest | undefined {
  const service = /^drasi-kusto\.(feed|bootstrap);/.exec(id)?.[1] as KustoRequest['service'] | undefined;
  if (service === undefined) return undefined;
  const { csl: text } = JSON.parse(body) as { readonly csl: string };
  const cursor = (name: string): string | undefined => new RegExp(`${name}\\("([^"]*)"\\)`).exec(text)?.[1];
  const bounds = { after: cursor('cursor_after'), upTo: cursor('cursor_before_or_at') };
  return { service, kind: kindOf(text, service, bounds), text, ...bounds };
}

function kindOf(
  text: string,
  service: KustoRequest['service'],
  { after, upTo }: Pick<KustoRequest, 'after' | 'upTo'>,
): RequestKind {
  const last = text.slice(text.lastIndexOf('\n') + 1);
  if (text.startsWith('print ') || text.startsWith('.')) return 'other';
  if (last.endsWith('| take 0')) return after === undefined ? 'schema' : 'other';
  if (text.includes("['__drasi_deleted']")) return 'other';
  const counts = /^\| summarize (Live = .*)?Rows = |^\| summarize __drasi_count = count\(\)$/.test(last);
  // Reaching back by time, where there are no cursors.
  if (after !== undefined || /ingestion_time\(\) > todatetime/.test(text))
    return counts ? 'window size' : 'window rows';
  if (counts) return 'other';
  if (service === 'bootstrap') return 'snapshot rows';
  if (text.includes('__drasi_xor')) return 'digest';
  if (!text.includes("['__drasi_first']")) return text.includes('__drasi_') ? 'snapshot rows' : 'other';
  if (/^\| project \['__drasi_bucket'\], \['__drasi_first'\], \['__drasi_second'\]$/.test(last))
    return 'hashes';
  const names = /^\| where \(?((isempty|isnull)\()?\['(?!__drasi)/m.test(text);
  return names && upTo === undefined && !/ingestion_time\(\) <= /.test(text) ? 're-check' : 'scan rows';
}
