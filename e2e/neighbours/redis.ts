import type { Keeper } from './keeper.ts';
import { Program } from './program.ts';
import type { RedisPrograms } from './redis-package.ts';
import { run } from './run.ts';

export interface RedisOptions {
  readonly programs: RedisPrograms;
  readonly port: number;
  readonly folder: string;
  readonly keeper: Keeper;
  /** Every write is on disk before it is acknowledged: what a kill of Redis may not lose. Default: nothing is stored. */
  readonly durable?: boolean;
}

/** A Redis server on the loopback. */
export class Redis {
  readonly url: string;
  readonly program: Program;
  readonly #options: RedisOptions;

  constructor(options: RedisOptions) {
    const { programs, port, folder, keeper, durable = false } = options;
    this.#options = options;
    this.url = `redis://127.0.0.1:${port}`;
    const settings = {
      port: String(port),
      bind: '127.0.0.1',
      dir: folder,
      save: '',
      appendonly: durable ? 'yes' : 'no',
      appendfsync: 'always',
      'auto-aof-rewrite-percentage': '0',
    };
    this.program = new Program(
      {
        name: 'redis',
        command: programs.server,
        args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]),
        env: { PATH: process.env['PATH'] ?? '', ...programs.env },
        cwd: folder,
        ready: async () => (await this.command('PING')) === 'PONG',
      },
      keeper,
    );
  }

  /** Runs one command; its answer as redis-cli gives it in JSON. */
  async command(...words: readonly string[]): Promise<unknown> {
    const { programs, port, keeper } = this.#options;
    const text = await run(programs.cli, ['-p', String(port), '--json', ...words], {
      keeper,
      env: programs.env,
    });
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new Error(`redis-cli ${words.join(' ')}: ${text.trim()}`, { cause: error });
    }
  }

  /**
   * Gives a consumer group again what was read of a stream and never acknowledged, and what follows it, in order. The
   * platform's query host begins every start with such entries; drasi-lib's platform source never asks for them, so that one
   * whose answer was lost with a killed Redis would stay unseen for ever.
   */
  async giveAgain(stream: string, group: string): Promise<number> {
    const [count, first] = (await this.command('XPENDING', stream, group)) as [number, string | null];
    if (first !== null) await this.command('XGROUP', 'SETID', stream, group, before(first));
    return count;
  }
}

/** The id before an entry's. */
function before(id: string): string {
  const [ms = 0n, sequence = 0n] = id.split('-').map(BigInt);
  return sequence > 0n ? `${ms}-${sequence - 1n}` : `${ms - 1n}-18446744073709551615`;
}
