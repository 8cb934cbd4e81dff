import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { endpointVersion } from '../commands/command-tables.ts';
import { readFaultRules } from '../faults/fault-rule.ts';
import { startKustoLocal, type KustoLocal, type KustoLocalOptions } from '../index.ts';
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { watchNpm } from './npm-launcher.ts';

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly data?: string;
  readonly allowFolder?: readonly string[];
  readonly memoryLimit: string;
  readonly truncation: boolean;
  readonly token?: string;
  readonly readOnlyToken?: string;
  readonly maxQueries?: number;
  readonly admin: boolean;
  readonly faults?: string;
  readonly faultSeed?: number;
  readonly latency?: number;
  readonly cursorLag?: number;
  readonly cursors: boolean;
  readonly weakConsistency?: number;
}

/** Exit codes: 0 a clean end, 1 a failure (a port in use), 2 wrong options. */
const failure = 1;
const usage = 2;

/** Runs the command line. Sets the process's exit code; a server keeps the process alive. */
export async function startCli(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    await program(environment).parseAsync([...argv]);
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : usage;
  }
}

function program(environment: NodeJS.ProcessEnv): Command {
  const root = new Command('kusto-local')
    .description(
      'A Kusto-compatible endpoint for development and tests: KQL on DuckDB. Not a Microsoft product.',
    )
    .version(endpointVersion)
    .exitOverride()
    .showHelpAfterError('(kusto-local serve --help shows the options)');
  root
    .command('serve')
    .description("serve Kusto's REST interface, with a database NetDefaultDB, until SIGINT or SIGTERM")
    .option('--port <port>', 'the port to listen on; 0 takes a free one', parsePort, 8080)
    .option(
      '--host <host>',
      'the address to listen on; without --token there is no authentication',
      '127.0.0.1',
    )
    .option('--data <folder>', 'keep the databases in files in this folder (default: in memory)')
    .option(
      '--allow-folder <folder>',
      'let .ingest into read the files of this folder; may be given several times',
      (folder: string, others: readonly string[] | undefined) => [...(others ?? []), folder],
    )
    .option('--memory-limit <size>', 'the most memory a database may use, as 512MB or 2GB', parseSize, '1GB')
    .option(
      '--no-truncation',
      'answer with results of any size (default: 500,000 records and 64 MB, as Kusto)',
    )
    .option('--max-queries <number>', 'queries a database runs at once (default 64)', parseCount)
    .option('--token <token>', 'the bearer token that every request must carry (default: none is needed)')
    .option('--read-only-token <token>', 'a bearer token that may query and show, and change nothing')
    .option('--no-admin', 'do not serve /admin/faults and /admin/settings')
    .option('--faults <file>', 'a JSON file with the rules of what happens to requests')
    .option('--fault-seed <number>', 'decides what the probabilities of the faults come to', parseNumber)
    .option('--latency <duration>', 'every request waits so long, as 50ms', parseDuration)
    .option('--cursor-lag <duration>', 'new rows get their cursor value so much later, as 2s', parseDuration)
    .option('--no-cursors', 'a service without database cursors: their functions are refused')
    .option(
      '--weak-consistency <duration>',
      'every query may read a state that is up to so old, as 30s',
      parseDuration,
    )
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  kusto-local serve
  kusto-local serve --port 9000 --data ./kusto-data
  curl -s http://127.0.0.1:8080/v1/rest/mgmt -H 'content-type: application/json' -d '{"csl": ".show tables"}'`,
    )
    .action((options: ServeOptions) => serve(options, environment));
  return root;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a whole number from 0 to 65535.');
}

function parseNumber(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number, from 0.');
}

function parseCount(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number, from 1.');
}

const durationUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

function parseDuration(text: string): number {
  const [, value, unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? [];
  const factor = durationUnits[unit];
  if (factor !== undefined) return Number(value) * factor;
  throw new InvalidArgumentError('A duration is a number and a unit, as 50ms, 2s or 1m.');
}

function parseSize(text: string): string {
  if (/^[1-9]\d*(?:\.\d+)?\s*(?:KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/i.test(text)) return text;
  throw new InvalidArgumentError('A size is a number and a unit, as 512MB or 2GB.');
}

async function serve(options: ServeOptions, environment: NodeJS.ProcessEnv): Promise<void> {
  let kusto: KustoLocal;
  try {
    await checkFolders(options.allowFolder ?? []);
    const faults = options.faults === undefined ? {} : await readFaultFile(options.faults);
    kusto = await startPatiently(options, { ...imitated(options), ...faults });
  } catch (error) {
    process.stderr.write(`kusto-local: ${explain(error, options)}\n`);
    process.exitCode = failure;
    return;
  }
  const where = options.data === undefined ? 'in memory' : `data in ${options.data}`;
  process.stderr.write(`kusto-local listening on ${kusto.url} (${where}; Ctrl-C stops it)\n`);
  await stopRequested(environment);
  await kusto.close();
  // A launcher's channel would keep this process alive.
  if (process.connected) process.disconnect();
}

/** What the options ask for beyond a plain endpoint. */
function imitated(options: ServeOptions): KustoLocalOptions {
  const { token, readOnlyToken, latency, cursorLag, weakConsistency, faultSeed, admin, cursors } = options;
  return {
    admin,
    cursors,
    ...(token === undefined ? {} : { token }),
    ...(options.maxQueries === undefined ? {} : { maximumQueries: options.maxQueries }),
    ...(readOnlyToken === undefined ? {} : { readOnlyToken }),
    ...(latency === undefined ? {} : { latencyMs: latency }),
    ...(cursorLag === undefined ? {} : { cursorLagMs: cursorLag }),
    ...(faultSeed === undefined ? {} : { faultSeed }),
    ...(weakConsistency === undefined
      ? {}
      : { weakConsistency: { forced: true, maximumLagMs: Math.max(1, weakConsistency) } }),
  };
}

/** A folder with a typing mistake would only be noticed by the first ingestion, as a file that is not there. */
async function checkFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true) throw new Error(`--allow-folder ${folder}: there is no such folder`);
  }
}

async function readFaultFile(path: string): Promise<KustoLocalOptions> {
  try {
    return { faults: readFaultRules(JSON.parse(await readFile(path, 'utf8'))) };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason = code === 'ENOENT' ? 'there is no such file' : message;
    throw new Error(`--faults ${path}: ${reason}`, { cause: error });
  }
}

/** A process that is just ending still holds its port and its data for a moment: a start that follows it at once waits for that. */
async function startPatiently(options: ServeOptions, more: KustoLocalOptions): Promise<KustoLocal> {
  const deadline = performance.now() + 3_000;
  for (;;) {
    try {
      return await startKustoLocal({
        port: options.port,
        host: options.host,
        allowedFolders: options.allowFolder ?? [],
        memoryLimit: options.memoryLimit,
        truncation: options.truncation,
        ...more,
        ...(options.data === undefined ? {} : { dataDir: options.data }),
        logger: { error: (message, error) => process.stderr.write(`${message}: ${error.message}\n`) },
      });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const isTaken = code === 'EADDRINUSE' || message.includes('Could not set lock');
      if (!isTaken || performance.now() > deadline) throw error;
    }
    await wait(200);
  }
}

function explain(error: unknown, options: ServeOptions): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return `port ${options.port} is in use; choose another with --port`;
  if (code === 'EACCES' && options.data === undefined)
    return `port ${options.port} may not be opened; choose another with --port`;
  if (message.includes('Could not set lock'))
    return `the data folder ${options.data} is in use by another process (${/PID \d+/.exec(message)?.[0] ?? 'unknown'})`;
  return message;
}

/** Resolves on SIGINT, SIGTERM or SIGHUP, and when the launcher that started this process as its child is gone. */
function stopRequested(environment: NodeJS.ProcessEnv): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
    if (environment['DRASI_KUSTO_PARENT_CHANNEL'] !== undefined) process.once('disconnect', () => resolve());
    const npmIsGone = watchNpm(process.pid);
    if (npmIsGone === undefined) return;
    const timer = setInterval(() => {
      if (!npmIsGone()) return;
      clearInterval(timer);
      resolve();
    }, 250);
    timer.unref();
  });
}
