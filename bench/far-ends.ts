/**
 * The far ends of a benchmark in a process of their own, so that their CPU is nobody's: a Kusto endpoint that answers with
 * generated rows, a Dapr sidecar that acknowledges publishes, and the reader of a bootstrap. Tells its parent its port, then
 * what has arrived.
 */
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { columns, identified, identityNames, stormRow } from './storm-rows.ts';

/** What a bootstrap was, seen by its reader. */
export interface BootstrapReport {
  readonly elements: number;
  readonly bytes: number;
  readonly seconds: number;
  /** From the first row that left the endpoint to the first element that arrived. */
  readonly firstElementSeconds: number;
}

export type FarEndsMessage =
  | { readonly port: number }
  | { readonly published: number; readonly publishes: number; readonly seconds: number }
  | { readonly bootstrap: BootstrapReport }
  | { readonly error: string };

const rows = Number(process.argv[2]);
/** The rows come with their identity, and keys are handed over. */
const indexed = process.argv[3] === 'indexed';
const rowsAFragment = 2_000;
const headerOf = (pairs: readonly (readonly [string, string])[]): string =>
  JSON.stringify(pairs.map(([ColumnName, ColumnType]) => ({ ColumnName, ColumnType })));
const header = headerOf(columns);
const rowsHeader = indexed
  ? headerOf([...columns, ...identityNames.map((name) => [name, 'long'] as const)])
  : header;
const appended = { format: 2, cursor: '1' };
const followed = {
  format: 3,
  entities: { StormEvents: { cursor: '1', detection: 'latest', index: { bucketCount: 256 } } },
};

/** The bodies are made once: generating them is no part of what is measured. */
const fragments: { readonly bytes: Buffer; readonly rows: number }[] = [];
for (let start = 0; start < rows; start += rowsAFragment) {
  const part: string[] = [];
  for (let index = start; index < Math.min(rows, start + rowsAFragment); index += 1)
    part.push(indexed ? identified(stormRow(index), index) : stormRow(index));
  fragments.push({ bytes: Buffer.from(part.join(',')), rows: part.length });
}
const rowBytes = Math.ceil((fragments[0]?.bytes.length ?? 0) / Math.max(1, fragments[0]?.rows ?? 1));

let cursorReads = 0;
let published = 0;
let publishes = 0;
let firstRead = 0;
let firstRowAt: number | undefined;
let state: { value: unknown; etag: number } | undefined;

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => response.destroy(error as Error));
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const path = request.url ?? '';
  if (path.startsWith('/v2/rest/query')) await query(JSON.parse(body.toString()) as Query, response);
  else if (path.startsWith('/v1/rest/mgmt')) details(response);
  else if (path.startsWith('/v1.0/publish/')) {
    publishes += 1;
    published += countChanges(body);
    response.writeHead(204).end();
    if (published >= rows) tell({ published, publishes, seconds: (performance.now() - firstRead) / 1000 });
  } else if (path.startsWith('/v1.0/state/')) stateRequest(request, body, response);
  else if (path.endsWith('/bootstrap-sessions/checkpoint'))
    response.end(JSON.stringify({ checkpoint: indexed ? followed : appended }));
  else if (path.endsWith('/hand-over')) response.writeHead(204).end();
  else if (path.startsWith('/v1.0/invoke/')) response.writeHead(200).end();
  else response.writeHead(path.startsWith('/v1.0/healthz') ? 204 : 404).end();
}

interface Query {
  readonly csl: string;
  readonly properties?: { readonly Options?: Record<string, unknown> };
}

async function query({ csl, properties }: Query, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  if (csl.startsWith('print')) {
    cursorReads += 1;
    const row = `["${cursorReads > 2 ? 2 : 1}","2026-01-01T00:00:00.0000000Z"]`;
    response.end(table(headers('Cursor:string', 'Now:datetime'), row));
  } else if (csl.includes('Most =')) response.end(table(headers('Rows:long', 'Most:long'), `[${rows},1]`));
  else if (csl.endsWith('Rows = count()')) response.end(table(headers('Rows:long'), `[${rows}]`));
  else if (csl.includes('take 0')) response.end(table(header, ''));
  else if (properties?.Options?.['results_v2_fragment_primary_tables'] === true)
    await fragmented(response, slice(csl));
  else await oneTable(response);
}

/** Any division of the rows will do for the reader: whole fragments are dealt out to the slices. */
function slice(csl: string): typeof fragments {
  const found = /hash\(.*, (\d+)\), 0\) == (\d+)$/m.exec(csl);
  if (found === null) return fragments;
  return fragments.filter((_, index) => index % Number(found[1]) === Number(found[2]));
}

function headers(...pairs: readonly string[]): string {
  return JSON.stringify(
    pairs.map((pair) => {
      const [ColumnName, ColumnType] = pair.split(':');
      return { ColumnName, ColumnType };
    }),
  );
}

function details(response: ServerResponse): void {
  response.end(
    `{"Tables":[{"TableName":"Table_0","Columns":${headers('TotalRowCount:long', 'TotalOriginalSize:real')},"Rows":[[${rows},${rows * rowBytes}]]}]}`,
  );
}

function table(names: string, content: string): string {
  return (
    '[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0"}\n,' +
    `{"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":${names},"Rows":[${content}]}\n,` +
    '{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}\n]'
  );
}

/** What the official client asks for, since it knows no fragments: everything in one table. */
async function oneTable(response: ServerResponse): Promise<void> {
  const [before, after] = table(header, ' ').split('[ ]');
  response.write(`${before ?? ''}[`);
  for (const [index, { bytes }] of fragments.entries()) {
    if (index > 0) response.write(',');
    await writeRows(response, bytes);
  }
  response.end(`]${after ?? ''}`);
}

async function fragmented(response: ServerResponse, parts: typeof fragments): Promise<void> {
  response.write(
    '[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0","IsFragmented":true,"ErrorReportingPlacement":"EndOfTable"}\n,' +
      `{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":${rowsHeader}}\n`,
  );
  let count = 0;
  for (const part of parts) {
    response.write(',{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[');
    await writeRows(response, part.bytes);
    response.write(']}\n');
    count += part.rows;
  }
  response.end(
    `,{"FrameType":"TableCompletion","TableId":1,"RowCount":${count}}\n,{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}\n]`,
  );
}

async function writeRows(response: ServerResponse, bytes: Buffer): Promise<void> {
  firstRowAt ??= performance.now();
  if (!response.write(bytes)) await new Promise((resolve) => response.once('drain', resolve));
}

function stateRequest(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  if (request.method === 'GET') {
    firstRead ||= performance.now();
    if (state === undefined) response.writeHead(204).end();
    else response.writeHead(200, { etag: String(state.etag) }).end(JSON.stringify(state.value));
    return;
  }
  const [item] = JSON.parse(body.toString()) as { value: unknown }[];
  state = { value: item?.value, etag: (state?.etag ?? 0) + 1 };
  response.writeHead(204).end();
}

/** Changes in a publish, by what every change has once. */
function countChanges(body: Buffer): number {
  return count(body, '"reactivatorStart_ns"');
}

function count(bytes: Buffer, what: string): number {
  let found = 0;
  for (let at = bytes.indexOf(what); at >= 0; at = bytes.indexOf(what, at + what.length)) found += 1;
  return found;
}

/** Reads a bootstrap as the platform's query API does, counting lines. */
function readBootstrap(url: string): void {
  const began = performance.now();
  firstRowAt = undefined;
  const body = JSON.stringify({
    queryId: 'bench',
    queryNodeId: 'bench',
    nodeLabels: ['StormEvents'],
    relLabels: [],
  });
  const headersSent = { 'content-type': 'application/json' };
  const request = httpRequest(url, { method: 'POST', headers: headersSent }, (response) => {
    let elements = 0;
    let bytes = 0;
    let first: number | undefined;
    response.on('data', (chunk: Buffer) => {
      first ??= performance.now();
      bytes += chunk.length;
      for (let at = chunk.indexOf(0x0a); at >= 0; at = chunk.indexOf(0x0a, at + 1)) elements += 1;
    });
    response.on('error', (error) => tell({ error: `${url}: ${error.message}` }));
    response.on('end', () => {
      if (response.statusCode !== 200) {
        tell({ error: `${url} answered ${response.statusCode}` });
        return;
      }
      const seconds = (performance.now() - began) / 1000;
      const firstElementSeconds = ((first ?? 0) - (firstRowAt ?? 0)) / 1000;
      tell({ bootstrap: { elements, bytes, seconds, firstElementSeconds } });
    });
  });
  request.on('error', (error) => tell({ error: `${url}: ${error.message}` }));
  request.end(body);
}

function tell(message: FarEndsMessage): void {
  process.send?.(message);
}

process.on('message', (message: { readonly read: string }) => readBootstrap(message.read));
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }));
