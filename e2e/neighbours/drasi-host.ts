import {
  asObject,
  parseExact,
  type ExactValue,
  type Row,
} from '../../packages/kusto-source/src/quickstart/exact-json.ts';
import type { Keeper } from './keeper.ts';
import { Program } from './program.ts';

export interface CypherQuery {
  readonly id: string;
  readonly cypher: string;
}

export interface DrasiHostOptions {
  readonly drasiHost: string;
  readonly sourceId: string;
  readonly redisUrl: string;
  readonly group: string;
  /** The proxy's, where `/subscription` is. */
  readonly bootstrapUrl: string;
  readonly queries: readonly CypherQuery[];
  readonly keeper: Keeper;
}

/** One row of a result that changed, as the engine tells its reactions. */
export interface RowChange {
  readonly query: string;
  readonly type: string;
  readonly row: { readonly [name: string]: ExactValue };
}

interface Answer {
  readonly resolve: (answer: Readonly<Record<string, ExactValue>>) => void;
  readonly reject: (error: Error) => void;
}

/** The Drasi engine in a process of its own (drasi-host/src/main.rs). */
export class DrasiHost {
  readonly program: Program;
  /** What the engine has told since its start, in its order. A bootstrap's rows are not told. */
  readonly changes: RowChange[] = [];
  readonly #waiting = new Map<number, Answer>();
  #ready = false;
  #asked = 0;

  constructor(options: DrasiHostOptions) {
    this.program = new Program(
      {
        name: 'drasi-host',
        command: options.drasiHost,
        args: Object.entries({
          source: options.sourceId,
          redis: options.redisUrl,
          group: options.group,
          bootstrap: options.bootstrapUrl,
        })
          .map(([name, value]) => [`--${name}`, value])
          .concat(options.queries.map(({ id, cypher }) => ['--query', `${id}=${cypher}`]))
          .flat(),
        env: { RUST_LOG: 'warn' },
        ready: () => this.#ready,
        onLine: (line) => this.#read(line),
      },
      options.keeper,
    );
  }

  /** Begins anew: every query has a bootstrap again. */
  async restart(): Promise<void> {
    await this.program.kill();
    this.#ready = false;
    await this.program.start();
  }

  /** The rows of a query, as they are now. */
  async results(query: string): Promise<readonly Row[]> {
    const { rows } = await this.#ask({ results: query });
    return rows as unknown as readonly Row[];
  }

  /** The state of every query, and of the source. */
  async status(): Promise<Readonly<Record<string, string>>> {
    const { queries, source } = await this.#ask({ status: true });
    return { ...(queries as Record<string, string>), source: source as string };
  }

  /** Begins another continuous query, with a bootstrap of its own. */
  async add({ id, cypher }: CypherQuery): Promise<void> {
    await this.#ask({ add: id, cypher });
  }

  #ask(request: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, ExactValue>>> {
    const id = ++this.#asked;
    const answer = new Promise<Readonly<Record<string, ExactValue>>>((resolve, reject) => {
      const end = setTimeout(() => reject(new Error('the Drasi engine does not answer')), 60_000);
      this.#waiting.set(id, {
        resolve: (value) => {
          clearTimeout(end);
          resolve(value);
        },
        reject: (error) => {
          clearTimeout(end);
          reject(error);
        },
      });
    });
    this.program.write(`${JSON.stringify({ id, ...request })}\n`);
    return answer;
  }

  #read(line: string): boolean {
    if (!line.startsWith('{')) return false;
    const message = asObject(parseExact(line)) ?? {};
    const result = asObject(message['result']);
    if (message['ready'] === true) this.#ready = true;
    else if (result !== undefined) this.#note(result);
    else this.#settle(message);
    return true;
  }

  #note(result: Readonly<Record<string, ExactValue>>): void {
    for (const row of result['rows'] as { [name: string]: ExactValue }[])
      this.changes.push({ query: result['query'] as string, type: row['type'] as string, row });
  }

  #settle(message: Readonly<Record<string, ExactValue>>): void {
    const id = message['answer'] as number;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (message['error'] === undefined) waiting?.resolve(message);
    else waiting?.reject(new Error(`the Drasi engine: ${JSON.stringify(message['error'])}`));
  }
}
