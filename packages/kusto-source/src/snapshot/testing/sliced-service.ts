/** For tests: a Kusto endpoint over one table of numbers, which understands the queries of a snapshot and fails on purpose. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Fault =
  /** 429 before the first byte. */
  | { readonly kind: 'throttle' }
  /** 503 before the first byte. */
  | { readonly kind: 'unavailable' }
  /** 504 before the first byte. */
  | { readonly kind: 'timeout' }
  /** The socket is destroyed after this many rows. */
  | { readonly kind: 'cut'; readonly afterRows: number }
  /** After this many rows the service reports that the result is over its limit. */
  | { readonly kind: 'too_large'; readonly afterRows: number }
  /** After this many rows the service reports that it failed, so that what it sent may be wrong. */
  | { readonly kind: 'failed'; readonly afterRows: number };

export interface SlicedServiceOptions {
  readonly keys: readonly number[];
  /** A slice with more rows is refused as too large, after that many of them. */
  readonly limit?: number;
  /** What happens to the n-th query for rows, from 0. */
  readonly faults?: ReadonlyMap<number, Fault>;
  /** The keys cannot be grouped: too many, or in too long a time. */
  readonly keysUncountable?: boolean | 'timeout';
  readonly detailsDenied?: boolean;
  readonly rowBytes?: number;
  /** Milliseconds before each fragment of rows. */
  readonly pace?: number;
}

const rowsAFragment = 7;

export class SlicedService implements AsyncDisposable {
  readonly #options: SlicedServiceOptions;
  readonly #server: Server;
  /** The texts of the queries for rows, in order. */
  readonly rowQueries: string[] = [];
  readonly cancelled: string[] = [];
  /** Every text asked. */
  readonly asked: string[] = [];
  running = 0;
  mostRunning = 0;
  /** Stands for the service's hash function: another number is another function. */
  hash = 1;
  #attempts = 0;

  private constructor(options: SlicedServiceOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => {
      this.#handle(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
  }

  static async start(options: SlicedServiceOptions): Promise<SlicedService> {
    const service = new SlicedService(options);
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get uri(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const { csl } = JSON.parse(Buffer.concat(chunks).toString()) as { csl: string };
    this.asked.push(csl);
    if (csl.startsWith('.cancel')) {
      this.cancelled.push(csl);
      response.end('{"Tables":[]}');
    } else if (csl.startsWith('.show')) this.#details(response);
    else if (csl.startsWith('print hash(')) response.end(whole('"print_0","long"', `[${this.hash}]`));
    else if (csl.startsWith('print'))
      response.end(whole('"Cursor","string" "Now","datetime"', '["9","2026-01-01T00:00:00Z"]'));
    else if (csl.endsWith('take 0')) response.end(whole('"k","long"', ''));
    else if (csl.includes('Most =')) this.#counts(response);
    else if (csl.endsWith('Rows = count()'))
      response.end(whole('"Rows","long"', `[${this.#options.keys.length}]`));
    else if (csl.includes('estimate_data_size'))
      response.end(whole('"Rows","long" "Bytes","long"', `[1000,${1000 * (this.#options.rowBytes ?? 0)}]`));
    else await this.#rows(csl, response);
  }

  #details(response: ServerResponse): void {
    if (this.#options.detailsDenied === true) {
      response.writeHead(403).end();
      return;
    }
    const rows = this.#options.keys.length;
    const size = rows * (this.#options.rowBytes ?? 0);
    response.end(
      `{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"TotalRowCount","ColumnType":"long"},{"ColumnName":"TotalOriginalSize","ColumnType":"real"}],"Rows":[[${rows},${size}]]}]}`,
    );
  }

  #counts(response: ServerResponse): void {
    if (this.#options.keysUncountable === 'timeout') {
      response.writeHead(504).end();
      return;
    }
    if (this.#options.keysUncountable === true) {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ error: { code: 'LimitsExceeded', '@message': runaway, '@permanent': false } }),
      );
      return;
    }
    const { keys } = this.#options;
    const most = keys.length === new Set(keys).size ? (keys.length === 0 ? 'null' : 1) : 2;
    response.end(whole('"Rows","long" "Most","long"', `[${keys.length},${most}]`));
  }

  async #rows(csl: string, response: ServerResponse): Promise<void> {
    this.rowQueries.push(csl);
    const fault = this.#options.faults?.get(this.#attempts);
    this.#attempts += 1;
    if (fault?.kind === 'throttle' || fault?.kind === 'unavailable' || fault?.kind === 'timeout') {
      response.writeHead({ throttle: 429, unavailable: 503, timeout: 504 }[fault.kind]).end();
      return;
    }
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    response.once('close', () => (this.running -= 1));
    const slice = /hash\(.*, (\d+)\), 0\) == (\d+)$/m.exec(csl);
    const [modulus, index] = slice === null ? [1, 0] : [Number(slice[1]), Number(slice[2])];
    let mine = this.#options.keys.filter((key) => spread(key, this.hash) % modulus === index);
    if (csl.includes('arg_max')) mine = [...new Set(mine)];
    // Every attempt gets the rows in another order, as the service gives no order at all.
    const turn = (this.#attempts * 3) % Math.max(1, mine.length);
    mine = [...mine.slice(turn), ...mine.slice(0, turn)];
    const limit = this.#options.limit ?? Number.POSITIVE_INFINITY;
    const end: Fault | undefined =
      fault ?? (mine.length > limit ? { kind: 'too_large', afterRows: limit } : undefined);
    const sent = end !== undefined && 'afterRows' in end ? mine.slice(0, end.afterRows) : mine;
    response.write(head);
    for (let at = 0; at < sent.length; at += rowsAFragment) {
      const rows = sent.slice(at, at + rowsAFragment).map((key) => `[${key},"2026-01-01T00:00:00.0000001Z"]`);
      if (this.#options.pace !== undefined)
        await new Promise((resolve) => setTimeout(resolve, this.#options.pace));
      await write(
        response,
        `,{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[${rows.join(',')}]}\n`,
      );
    }
    // The rows before a fault are to arrive: they would wait for a full batch, or be thrown away with the socket.
    if (end !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    if (end?.kind === 'cut') {
      response.destroy();
      return;
    }
    const errors =
      end?.kind === 'too_large'
        ? `,"OneApiErrors":[{"error":{"code":"LimitsExceeded","@message":"Query result set has exceeded the internal record count limit ${limit} (E_QUERY_RESULT_SET_TOO_LARGE)","@permanent":false}}]`
        : end?.kind === 'failed'
          ? ',"OneApiErrors":[{"error":{"code":"Internal","@message":"a node went away","@permanent":false}}]'
          : '';
    response.end(
      `,{"FrameType":"TableCompletion","TableId":1,"RowCount":${sent.length}${errors}}\n,{"FrameType":"DataSetCompletion","HasErrors":${errors !== ''},"Cancelled":false${errors}}\n]`,
    );
  }
}

const runaway = 'Query execution lacks memory resources to complete (80DA0001): E_RUNAWAY_QUERY.';

/** A hash that is nobody's: the snapshot must work with any. */
function spread(key: number, hash: number): number {
  return Math.imul(key + hash, 0x9e3779b1 + 2 * (hash - 1)) >>> 3;
}

const head =
  '[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0","IsFragmented":true,"ErrorReportingPlacement":"EndOfTable"}\n' +
  ',{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":[{"ColumnName":"k","ColumnType":"long"},{"ColumnName":"__drasi_ingested","ColumnType":"datetime"}]}\n';

function whole(columns: string, rows: string): string {
  const list = columns
    .split(' ')
    .map((pair) => pair.split(','))
    .map(([name, type]) => `{"ColumnName":${name ?? ''},"ColumnType":${type ?? ''}}`);
  return (
    '[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0"}\n' +
    `,{"FrameType":"DataTable","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":[${list.join(',')}],"Rows":[${rows}]}\n` +
    ',{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}\n]'
  );
}

async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.write(text)) return;
  await new Promise<void>((resolve) => {
    response.once('drain', resolve);
    response.once('close', resolve);
  });
}
