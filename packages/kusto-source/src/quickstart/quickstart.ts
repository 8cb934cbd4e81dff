import { MemoryStateStore, systemClock, type Clock, type Logger } from '@drasi-kusto/source-sdk';
import { parseConfig } from '../config/config.ts';
import { KustoSourceError } from '../errors.ts';
import { textLogger } from '../services/loggers.ts';
import type { TerminalStream } from '../terminal.ts';
import { startSource, type RunningSource, type StartOptions } from '../services/start-source.ts';
import type { SourceConfig } from '../config/entity-config.ts';
import { startDrasiEngine, type DrasiEngine, type EngineOptions } from './drasi-engine.ts';
import { defaultCacheDir, drasiPackage, installDrasiEngine, type Installation } from './drasi-install.ts';
import { EngineFeed } from './engine-feed.ts';
import type { QuickstartView } from './events.ts';
import { LastRows } from './last-rows.ts';
import { jsonView } from './json-view.ts';
import { orAborted } from './or-aborted.ts';
import { damageQuery, quickstartQueries } from './queries.ts';
import { between, seededRandom } from './random.ts';
import { readBootstrap } from './read-bootstrap.ts';
import { createTableCommand, StormGenerator, stormsToCsv, withdrawn, type Storm } from './storm-generator.ts';
import { terminalView } from './terminal-view.ts';

/** The embedded Kusto, as the quick start uses it. */
export interface LocalKusto {
  readonly url: string;
  /** Ingests lines of CSV without a header, as one commit. */
  ingest(database: string, table: string, csv: string): Promise<unknown>;
  /** Runs a control command. */
  execute(database: string, text: string): Promise<unknown>;
  close(): Promise<void>;
}

/** What the quick start is made of; tests put their own in. */
export interface QuickstartDeps {
  readonly startKustoLocal: () => Promise<LocalKusto>;
  readonly startSource: (config: SourceConfig, options: StartOptions) => Promise<RunningSource>;
  readonly installEngine: (log: (line: string) => void, signal: AbortSignal) => Promise<Installation>;
  readonly startEngine: (options: EngineOptions) => Promise<DrasiEngine>;
  readonly clock: Clock;
  readonly seed: number;
}

export interface QuickstartOptions {
  /** End this long after the feed runs, seconds. Without it: when the signal is aborted. */
  readonly forSeconds?: number;
  /** NDJSON events on stdout instead of a view for a person. */
  readonly json: boolean;
  /** Rows to begin with. Default 20,000. */
  readonly rows?: number;
  readonly signal: AbortSignal;
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly deps?: Partial<QuickstartDeps>;
}

const database = 'NetDefaultDB';
const table = 'StormEvents';
const rowsPerIngestion = 5000;
const summaryEveryMs = 10_000;

/**
 * Shows the Source at work on this machine alone: an embedded Kusto, the Source on it, and a Drasi engine whose
 * continuous queries follow the storms that arrive. Everything listens on 127.0.0.1, on free ports, and is gone at the end.
 * Resolves when the time is up or the signal was aborted.
 * @throws KustoSourceError QUICKSTART when a part fails
 */
export async function runQuickstart(options: QuickstartOptions): Promise<void> {
  const env = options.env ?? process.env;
  const deps: QuickstartDeps = {
    startKustoLocal,
    startSource,
    installEngine: (log, signal) => installDrasiEngine({ cacheDir: defaultCacheDir(env), log, signal }),
    startEngine: startDrasiEngine,
    clock: systemClock,
    seed: 1,
    ...options.deps,
  };
  const view = options.json
    ? jsonView(options.stdout, options.stderr)
    : terminalView({ stdout: options.stdout, env, clock: deps.clock });
  const run = new QuickstartRun(options, deps, view, env);
  try {
    await run.run();
  } catch (error) {
    // Whatever an abort interrupts is not a failure.
    if (!options.signal.aborted) throw error;
  } finally {
    await run.end();
  }
}

class QuickstartRun {
  readonly #deps: QuickstartDeps;
  readonly #view: QuickstartView;
  readonly #rows: number;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #forSeconds: number | undefined;
  readonly #logger: Logger;
  readonly #stderr: NodeJS.WritableStream;
  readonly #storms: StormGenerator;
  /** Aborted by the caller, by the end of the time, or by the failure of a part. */
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #opened = Promise.withResolvers<void>();
  readonly #cleanup: (() => Promise<void>)[] = [];
  #engine: DrasiEngine | undefined;
  #failure: unknown;
  #readyAt: number | undefined;
  #changes = 0;
  #results = 0;
  readonly #lastRows = new LastRows(damageQuery.id, 'State');

  constructor(
    options: QuickstartOptions,
    deps: QuickstartDeps,
    view: QuickstartView,
    env: Readonly<Record<string, string | undefined>>,
  ) {
    this.#deps = deps;
    this.#view = view;
    this.#env = env;
    this.#rows = options.rows ?? 20_000;
    this.#forSeconds = options.forSeconds;
    this.#stderr = options.stderr;
    this.#logger = textLogger('warn', options.stderr, env);
    this.#storms = new StormGenerator(deps.seed, () => deps.clock.now());
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    this.#opened.promise.catch(() => {});
  }

  async run(): Promise<void> {
    this.#signal.throwIfAborted();
    await this.#view({ event: 'starting', rows: this.#rows });
    // pip and the embedded Kusto take a few seconds each: side by side.
    const [kusto, engine] = await settled(this.#startKusto(), this.#startEngine());
    if (engine !== undefined) this.#engine = engine;
    const source = await this.#startSource(kusto.url);
    await this.#bootstrap(source);
    this.#readyAt = this.#deps.clock.now();
    await this.#view({ event: 'ready', url: kusto.url, database, table, forSeconds: this.#forSeconds });
    this.#opened.resolve();
    await this.#untilStopped(kusto);
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Takes everything down in reverse order. Never throws. */
  async end(): Promise<void> {
    this.#stop.abort();
    this.#opened.reject(new Error('the quick start ended'));
    for (const close of this.#cleanup.reverse())
      await close().catch((error: unknown) => this.#logger.warn(`while stopping: ${messageOf(error)}`));
    if (this.#readyAt !== undefined)
      await this.#view({
        event: 'stopped',
        seconds: (this.#deps.clock.now() - this.#readyAt) / 1000,
        changes: this.#changes,
        results: this.#results,
      });
  }

  async #startKusto(): Promise<LocalKusto> {
    const { clock, startKustoLocal } = this.#deps;
    const began = clock.now();
    const kusto = await startKustoLocal();
    this.#cleanup.push(() => kusto.close());
    await kusto.execute(database, createTableCommand(table));
    await kusto.execute(database, `.alter table ${table} policy ingestiontime true`);
    let batch: Storm[] = [];
    const ingest = async (): Promise<void> => {
      this.#signal.throwIfAborted();
      await kusto.ingest(database, table, stormsToCsv(batch));
      batch = [];
    };
    for (const storm of this.#storms.history(this.#rows)) {
      batch.push(storm);
      if (batch.length === rowsPerIngestion) await ingest();
    }
    if (batch.length > 0) await ingest();
    const seconds = (clock.now() - began) / 1000;
    await this.#view({ event: 'endpoint', url: kusto.url, database, table, rows: this.#rows, seconds });
    return kusto;
  }

  async #startEngine(): Promise<DrasiEngine | undefined> {
    const log = (line: string) => void this.#stderr.write(`  ${line}\n`);
    const installation = await this.#deps.installEngine(log, this.#signal);
    this.#signal.throwIfAborted();
    if (!installation.available) {
      await this.#view({ event: 'engine', available: false, detail: installation.reason });
      return undefined;
    }
    const { python, packages, pythonVersion } = installation;
    try {
      const engine = await this.#deps.startEngine({
        python,
        packages,
        queries: quickstartQueries,
        sourceId: 'storms',
        onResult: async (result) => {
          this.#results += 1;
          await this.#view({ event: 'result', result: this.#lastRows.complete(result) });
        },
        onExit: (reason) => this.#loseEngine(reason),
      });
      this.#cleanup.push(() => engine.close());
      const detail = `${drasiPackage.name} ${drasiPackage.version} on Python ${pythonVersion}`;
      await this.#view({ event: 'engine', available: true, detail });
      return engine;
    } catch (error) {
      this.#signal.throwIfAborted();
      await this.#view({ event: 'engine', available: false, detail: messageOf(error) });
      return undefined;
    }
  }

  #loseEngine(reason: Error): void {
    this.#engine = undefined;
    if (this.#signal.aborted) return;
    void this.#view({ event: 'notice', message: `${reason.message}; changes go on without query results` });
  }

  async #startSource(url: string): Promise<RunningSource & { readonly proxyUrl: string }> {
    const config = parseConfig('storms', {
      KUSTO_URI: url,
      KUSTO_DATABASE: database,
      KUSTO_TABLE: table,
      PRIMARY_KEY: 'EventId',
      POLL_INTERVAL: '1',
      DELETED_WHEN: `Source == '${withdrawn}'`,
    });
    const source = await this.#deps.startSource(config, {
      publisher: new EngineFeed({
        open: this.#opened.promise,
        engine: () => this.#engine,
        onChange: async (change) => {
          this.#changes += 1;
          await this.#view({ event: 'change', change });
        },
      }),
      state: new MemoryStateStore(),
      logger: this.#logger,
      env: this.#env,
      port: 0,
    });
    this.#cleanup.push(() => source.stop());
    source.done.catch((error: unknown) => {
      this.#failure ??= error;
      this.#stop.abort();
    });
    await orAborted(source.ready, this.#signal);
    const { proxyUrl } = source;
    if (proxyUrl === undefined)
      throw new KustoSourceError('QUICKSTART', 'the Source has no proxy to bootstrap from');
    return { ...source, proxyUrl };
  }

  /** As a query on Drasi begins: all nodes of its labels, over HTTP, before any change. */
  async #bootstrap({ proxyUrl }: { readonly proxyUrl: string }): Promise<void> {
    const { clock } = this.#deps;
    const began = clock.now();
    let elements = 0;
    for await (const lines of readBootstrap(proxyUrl, table, this.#signal)) {
      elements += lines.length;
      await this.#engine?.elements(lines);
    }
    await this.#engine?.mark();
    const seconds = (clock.now() - began) / 1000;
    await this.#view({ event: 'bootstrap', label: table, elements, seconds });
    const engine = this.#engine;
    if (engine === undefined) return;
    for (const { id, cypher } of quickstartQueries) {
      const rows = await engine.results(id);
      if (id === damageQuery.id) this.#lastRows.begin(rows);
      await this.#view({ event: 'query', query: id, cypher, rows: rows.length });
    }
    await engine.listen();
  }

  async #untilStopped(kusto: LocalKusto): Promise<void> {
    const { clock, seed } = this.#deps;
    const random = seededRandom(seed ^ 0x5eed);
    const endAt =
      this.#forSeconds === undefined ? Number.POSITIVE_INFINITY : clock.now() + this.#forSeconds * 1000;
    let summaryAt = clock.now() + summaryEveryMs;
    try {
      while (!this.#signal.aborted && clock.now() < endAt) {
        const arriving = Array.from({ length: between(random, 1, 2) }, () => this.#storms.next());
        await kusto.ingest(database, table, stormsToCsv(arriving));
        await clock.sleep(Math.min(1200, Math.max(0, endAt - clock.now())), this.#signal);
        if (clock.now() < summaryAt) continue;
        summaryAt = clock.now() + summaryEveryMs;
        const totals = (await this.#engine?.results(damageQuery.id)) ?? [];
        await this.#view({ event: 'summary', changes: this.#changes, results: this.#results, totals });
      }
    } catch (error) {
      if (!this.#signal.aborted) throw error;
    }
  }
}

/** Both results; when one fails, only after the other has ended too, so that nothing starts behind a clean-up's back. */
async function settled<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return [await one, await other];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function startKustoLocal(): Promise<LocalKusto> {
  // The embedded Kusto is for development: nothing else of the Source may load it.
  const { startKustoLocal: start } = await import('kusto-local');
  return start();
}
