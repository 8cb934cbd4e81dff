/**
 * The far ends of a benchmark in a process of their own, so that their CPU is nobody's: a Kusto endpoint that answers every
 * query with generated rows, and a Dapr sidecar that acknowledges publishes. Prints its port; tells its parent over IPC
 * what has arrived.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { columns, stormRow } from './storm-rows.ts';

const rows = Number(process.argv[2]);
const rowsAFragment = 2_000;
const header = JSON.stringify(columns.map(([ColumnName, ColumnType]) => ({ ColumnName, ColumnType })));

/** The body is made once: generating it is no part of what is measured. */
const fragments: string[] = [];
for (let start = 0; start < rows; start += rowsAFragment) {
  const part: string[] = [];
  for (let index = start; index < Math.min(rows, start + rowsAFragment); index += 1)
    part.push(stormRow(index));
  fragments.push(part.join(','));
}

let cursorReads = 0;
let published = 0;
let publishes = 0;
let state: { value: unknown; etag: number } | undefined;

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    response.statusCode = 500;
    response.end(String(error));
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const path = request.url ?? '';
  if (path.startsWith('/v2/rest/query')) await query(JSON.parse(body.toString()) as Query, response);
  else if (path.startsWith('/v1.0/publish/')) {
    publishes += 1;
    published += countChanges(body);
    response.writeHead(204).end();
    if (published >= rows) process.send?.({ published, publishes });
  } else if (path.startsWith('/v1.0/state/')) stateRequest(request, body, response);
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
    const names =
      '[{"ColumnName":"Cursor","ColumnType":"string"},{"ColumnName":"Now","ColumnType":"datetime"}]';
    response.end(table(names, `["${cursorReads > 2 ? 2 : 1}","2026-01-01T00:00:00.0000000Z"]`));
  } else if (csl.includes('__drasi_rows') || csl.includes('take 0')) response.end(table(header, ''));
  else if (properties?.Options?.['results_v2_fragment_primary_tables'] === true) await fragmented(response);
  else {
    const [before, after] = table(header, ' ').split('[ ]');
    response.write(`${before ?? ''}[`);
    for (const [index, fragment] of fragments.entries())
      await write(response, `${index === 0 ? '' : ','}${fragment}`);
    response.end(`]${after ?? ''}`);
  }
}

function table(names: string, content: string): string {
  return (
    '[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0"}\n,' +
    `{"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":${names},"Rows":[${content}]}\n,` +
    '{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}\n]'
  );
}

async function fragmented(response: ServerResponse): Promise<void> {
  await write(
    response,
    '[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0","IsFragmented":true,"ErrorReportingPlacement":"EndOfTable"}\n,' +
      `{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":${header}}\n`,
  );
  for (const fragment of fragments)
    await write(
      response,
      `,{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[${fragment}]}\n`,
    );
  response.end(
    `,{"FrameType":"TableCompletion","TableId":1,"RowCount":${rows}}\n,{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}\n]`,
  );
}

async function write(response: ServerResponse, text: string): Promise<void> {
  if (!response.write(text)) await new Promise((resolve) => response.once('drain', resolve));
}

function stateRequest(request: IncomingMessage, body: Buffer, response: ServerResponse): void {
  if (request.method === 'GET') {
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
  let count = 0;
  for (
    let at = body.indexOf('"reactivatorStart_ns"');
    at >= 0;
    at = body.indexOf('"reactivatorStart_ns"', at + 20)
  )
    count += 1;
  return count;
}

process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
