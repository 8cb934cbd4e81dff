import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import {
  FileStateStore,
  MemoryStateStore,
  openPublisher,
  readEnvironment,
  SourceError,
  startOtlp,
  type Logger,
  type PublishTarget,
} from '@drasi-kusto/source-sdk';
import type { SharedConfig, SourceConfig } from '../config/entity-config.ts';
import { describeError } from '../describe-error.ts';
import { checkFirst } from './check-first.ts';
import { counting, feedEndLine } from './feed-end.ts';
import { serveMetrics } from '../services/metrics.ts';
import { openLogger } from '../services/loggers.ts';
import { startSource, type RunningSource } from '../services/start-source.ts';
import type { TerminalStream } from '../terminal.ts';
import { readSourceFile } from './read-source.ts';

/** What a command gets from the process it runs in. */
export interface CommandContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: TerminalStream;
  readonly stderr: TerminalStream;
  readonly signal: AbortSignal;
}

export interface WatchOptions {
  readonly file: string;
  readonly from: 'beginning' | 'now';
  readonly forSeconds?: number;
  readonly state?: string;
}

export async function watch(context: CommandContext, options: WatchOptions): Promise<void> {
  const config = await readSourceFile(options.file, context.env);
  await runFeed(context, config, { ...options, logger: commandLogger(config, context, 'watch') });
}

export interface RunOptions extends Omit<WatchOptions, 'from'> {
  readonly to: PublishTarget;
}

export async function run(context: CommandContext, options: RunOptions): Promise<void> {
  const config = await readSourceFile(options.file, context.env);
  const environment = { ...context.env, SOURCE_ID: config.sourceId };
  const { appPort, listenHost, adminPort, pubsub, daprHttpPort } = readEnvironment(environment);
  await using _telemetry = await startOtlp({ env: context.env, serviceName: `${config.sourceId}-source` });
  const logger = commandLogger(config, context, 'run');
  await using _metrics = await serveMetrics(listenHost, adminPort, logger);
  const dapr = { pubsub, daprHttpPort };
  await runFeed(context, config, { ...options, from: 'now', port: appPort, host: listenHost, dapr, logger });
}

interface FeedOptions extends WatchOptions {
  readonly logger: Logger;
  /** Default: stdout. */
  readonly to?: PublishTarget;
  readonly dapr?: { readonly pubsub: string; readonly daprHttpPort: number };
  readonly port?: number;
  readonly host?: string;
}

async function runFeed(context: CommandContext, config: SourceConfig, options: FeedOptions): Promise<void> {
  const { env, stdout, signal } = context;
  const { logger } = options;
  await checkFirst(config, { logger, env, signal });
  const state = options.state === undefined ? new MemoryStateStore() : await openState(options.state, signal);
  const to = options.to ?? { kind: 'stdout' };
  const publisher = counting(await openPublisher(to, { sourceId: config.sourceId, stdout, ...options.dapr }));
  let source: RunningSource | undefined;
  try {
    source = await startSource(config, {
      publisher,
      state,
      logger,
      env,
      from: options.from,
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.host === undefined ? {} : { host: options.host }),
    });
    await firstOf(signal, source.ready, source.done);
    const { proxyUrl } = source;
    if (!signal.aborted) logger.info(proxyUrl === undefined ? 'ready' : `ready, bootstraps at ${proxyUrl}`);
    const time =
      options.forSeconds === undefined ? never : wait(options.forSeconds * 1000, undefined, { ref: false });
    await firstOf(signal, time, source.done);
  } finally {
    await source?.stop();
    await Promise.all([state.close(), publisher.close()]);
  }
  await source.done;
  const why = signal.aborted ? describeError(signal.reason) : `${options.forSeconds} s are over`;
  const { changes } = publisher;
  logger.info(feedEndLine({ why, changes, checkpoint: source.checkpoint, state: options.state }));
}

/** A process that is just ending still holds its lock for a moment: a start that follows it at once waits for that. */
async function openState(directory: string, signal: AbortSignal): Promise<FileStateStore> {
  const deadline = performance.now() + 3_000;
  for (;;) {
    try {
      return await FileStateStore.open(directory);
    } catch (error) {
      const isLocked = error instanceof SourceError && error.code === 'STATE_LOCKED';
      if (!isLocked || performance.now() > deadline) throw error;
    }
    await wait(100, undefined, { signal });
  }
}

const never = new Promise<void>(() => {});

/** Waits for the first of some promises, or for the signal. */
async function firstOf(signal: AbortSignal, ...promises: readonly Promise<unknown>[]): Promise<void> {
  if (signal.aborted) return;
  const aborted = once(signal, 'abort');
  await Promise.race([aborted, ...promises]);
}

/** The log of a command, which begins with what is to be said of the configuration. */
export function commandLogger(
  config: SharedConfig,
  { stderr, env }: CommandContext,
  service: string,
): Logger {
  return withWarnings(openLogger({ level: config.logLevel, stderr, env, service }), config);
}

export function withWarnings(logger: Logger, config: SharedConfig): Logger {
  for (const warning of config.warnings) logger.warn(warning);
  return logger;
}
