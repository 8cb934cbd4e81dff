import { fileURLToPath } from 'node:url';
import { setTimeout as wait } from 'node:timers/promises';
import type { ExecuteResult, FaultRule, IngestData } from 'kusto-local';
import {
  asObject,
  parseExact,
  stringifyExact,
  type ExactValue,
} from '../../packages/kusto-source/src/quickstart/exact-json.ts';
import type { Keeper } from './keeper.ts';
import type { Kusto } from './kusto.ts';
import { Program } from './program.ts';

export interface KustoProcessOptions {
  readonly port: number;
  /** What it keeps through a kill. */
  readonly folder: string;
  readonly compileCache: string;
  readonly keeper: Keeper;
  /** How long a request is made again while nobody answers, milliseconds. Default 60 000. */
  readonly patienceMs?: number;
}

/**
 * kusto-local in a process of its own, to be killed and stopped. A request that it does not answer is made again: what was
 * asked for is done once or more, and once it is acknowledged it is kept.
 */
export class KustoProcess implements Kusto {
  readonly url: string;
  readonly program: Program;
  readonly #patienceMs: number;

  constructor({ port, folder, compileCache, keeper, patienceMs = 60_000 }: KustoProcessOptions) {
    this.url = `http://127.0.0.1:${port}`;
    this.#patienceMs = patienceMs;
    this.program = new Program(
      {
        name: 'kusto-local',
        command: process.execPath,
        args: [fileURLToPath(new URL('kusto-main.ts', import.meta.url)), String(port), folder],
        env: {
          PATH: process.env['PATH'] ?? '',
          UV_THREADPOOL_SIZE: '64',
          NODE_COMPILE_CACHE: compileCache,
        },
        ready: async () => (await fetch(`${this.url}/healthz`)).ok,
      },
      keeper,
    );
  }

  /** @throws Error with Kusto's answer when it refuses */
  async execute(database: string, text: string): Promise<ExecuteResult> {
    const options = { Options: { notruncation: true } };
    const body = JSON.stringify({ db: database, csl: text, properties: options });
    if (text.startsWith('.')) {
      const answer = await this.#post('/v1/rest/mgmt', 'application/json', body);
      return tableOf((answer as { Tables: ExactValue[] }).Tables[0]);
    }
    const frames = ((await this.#post('/v2/rest/query', 'application/json', body)) as ExactValue[]).map(
      (frame) => asObject(frame),
    );
    const whole = frames.find((frame) => frame?.['FrameType'] === 'DataSetCompletion');
    if (whole?.['HasErrors'] !== false)
      throw new Error(`Kusto's answer to "${text}" is not whole: ${stringifyExact(whole ?? null)}`);
    return tableOf(frames.find((frame) => frame?.['TableKind'] === 'PrimaryResult'));
  }

  /** One commit: CSV text, or objects by column name. */
  async ingest(database: string, table: string, data: IngestData): Promise<void> {
    const [format, text] =
      typeof data === 'string'
        ? ['Csv', data]
        : ['MultiJson', [...data].map((row) => stringifyExact(row as ExactValue)).join('\n')];
    await this.#post(`/v1/rest/ingest/${database}/${table}?streamFormat=${format}`, 'text/plain', text);
  }

  /** They are gone when it is killed. */
  async setFaults(rules: readonly FaultRule[]): Promise<void> {
    await this.#post('/admin/faults', 'application/json', JSON.stringify({ rules }));
  }

  async #post(path: string, type: string, body: string): Promise<ExactValue> {
    for (const end = Date.now() + this.#patienceMs; ; await wait(50)) {
      try {
        const answer = await fetch(`${this.url}${path}`, {
          method: 'POST',
          headers: { 'content-type': type },
          body,
        });
        const text = await answer.text();
        if (answer.ok) return text === '' ? null : parseExact(text);
        if (answer.status !== 429 || Date.now() > end) throw new Refusal(`${answer.status}: ${text}`);
      } catch (error) {
        if (error instanceof Refusal || Date.now() > end) throw error;
      }
    }
  }
}

/** An answer, and not the lack of one: it would be the same again. */
class Refusal extends Error {}

function tableOf(table: ExactValue | undefined): ExecuteResult {
  const { Columns = [], Rows = [] } = (asObject(table) ?? {}) as {
    Columns?: readonly { readonly ColumnName: string; readonly ColumnType: string }[];
    Rows?: ExecuteResult['rows'];
  };
  const columns = Columns.map(({ ColumnName: name, ColumnType: type }) => ({ name, type }));
  return { columns: columns as ExecuteResult['columns'], rows: Rows };
}
