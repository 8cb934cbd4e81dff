import { waitForSidecar } from '../dapr/wait-for-sidecar.ts';
import type { ChangePublisher, Logger, StateStore } from '../contracts.ts';
import { readEnvironment } from '../environment.ts';
import type { SourceEnvironment } from '../environment.ts';
import { ErrorCode, FatalSourceError, messageOf, SourceError } from '../errors.ts';
import { jsonLogger } from '../json-logger.ts';
import { SourceProxy } from '../proxy/source-proxy.ts';
import { DaprPublisher } from '../publishers/dapr-publisher.ts';
import { openPublisher, parsePublishTarget } from '../publishers/publish-target.ts';
import { Reactivator } from '../reactivator/reactivator.ts';
import { TERMINATION_LOG, writeTerminationLog } from '../reactivator/termination-log.ts';
import { DaprSessions } from '../sessions/dapr-sessions.ts';
import { InProcessSessions } from '../sessions/in-process-sessions.ts';
import { readSettings, setting } from '../settings/settings.ts';
import { DaprStateStore } from '../state/dapr-state-store.ts';
import { FileStateStore } from '../state/file-state-store.ts';
import { MemoryStateStore } from '../state/memory-state-store.ts';
import { startOtlp } from '../telemetry/otlp.ts';
import { startPrometheus } from '../telemetry/prometheus.ts';
import type { DefineSource, RunSourceOptions, Source, SourceDefinition } from './source-definition.ts';

const SETTINGS = {
  LOG_LEVEL: setting.choice(['debug', 'info', 'warn', 'error'], { default: 'info' }),
  /** Of `both`: a target of {@link parsePublishTarget}. */
  PUBLISH_TO: setting.text({ default: 'stdout' }),
  /** Of `both`: where the state is kept; without it the process begins anew each time. */
  STATE_DIR: setting.optional(setting.text()),
};

/** Ends what was begun, the last first. A stack of Node 22, which has no AsyncDisposableStack. */
type Closing = (() => Promise<void>)[];

/** What one run has: the definition, the environment, and what is to be closed at its end. */
interface Running {
  readonly definition: SourceDefinition;
  readonly options: RunSourceOptions;
  readonly environment: SourceEnvironment;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly closing: Closing;
}

/**
 * A whole source in one call. `run` reads what the platform puts into the environment, listens, waits for the sidecar, and serves
 * metrics and sends telemetry when the environment asks for them (ADMIN_PORT, OTEL_ENDPOINT).
 *
 * ```ts
 * const source = createSource((env) => {
 *   const { STEP_MS } = readSettings(env, { STEP_MS: setting.integer({ default: 1_000 }) });
 *   return { labels: { nodes: ['Counter'] }, fingerprint: 'counter/1', bootstrap, monitor: monitor(STEP_MS) };
 * });
 * await source.run({ service: process.argv[2] });
 * ```
 *
 * `proxy` and `reactivator` use Dapr, as on the platform. `both` needs neither: changes go to PUBLISH_TO (stdout, `http://…` for
 * Drasi Server, `redis://…`), the state is in STATE_DIR, bootstraps are answered on APP_PORT.
 */
export function createSource(given: SourceDefinition | DefineSource): Source {
  const define = typeof given === 'function' ? given : (): SourceDefinition => given;
  return {
    async run(options = {}): Promise<void> {
      try {
        await runSource(define, options);
      } catch (error) {
        await writeTerminationLog(TERMINATION_LOG, error);
        throw error;
      }
    },
  };
}

async function runSource(define: DefineSource, options: RunSourceOptions): Promise<void> {
  const { env = process.env, service = 'both' } = options;
  // Until the environment is read, so that what is wrong with it is a line of the log as well.
  let logger = options.logger ?? jsonLogger(process.stderr, { base: { service } });
  const closing: Closing = [];
  try {
    const environment = readEnvironment(env);
    const { sourceId, listenHost, adminPort } = environment;
    const { LOG_LEVEL, PUBLISH_TO, STATE_DIR } = readSettings(env, SETTINGS);
    logger =
      options.logger ?? jsonLogger(process.stderr, { level: LOG_LEVEL, base: { service, source: sourceId } });
    const services = {
      proxy: runProxy,
      reactivator: runReactivator,
      both: (running: Running) => runBoth(running, PUBLISH_TO, STATE_DIR),
    } as { readonly [service: string]: ((running: Running) => Promise<void>) | undefined };
    const run = services[service];
    if (run === undefined)
      throw new FatalSourceError(
        ErrorCode.BadConfiguration,
        `there is no service "${service}" of a source: it must be proxy, reactivator or both`,
      );
    const definition = define(env);
    const signal = options.signal ?? stopSignal(closing);
    const otlp = await startOtlp({ env, serviceName: `${sourceId}-${service}` });
    if (otlp !== undefined) closing.push(async () => otlp[Symbol.asyncDispose]());
    if (adminPort !== undefined) {
      const prometheus = await startPrometheus({ host: listenHost, port: adminPort });
      closing.push(async () => prometheus[Symbol.asyncDispose]());
    }
    logger.info('the source starts', { fingerprint: definition.fingerprint });
    await run({ definition, options, environment, logger, signal, closing });
  } catch (error) {
    const code = error instanceof SourceError ? error.code : undefined;
    // A closed output is how a pipe ends, not a failure to be shown.
    if (code !== ErrorCode.OutputClosed) logger.error('the source failed', { code, error: messageOf(error) });
    throw error;
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

async function runProxy(running: Running): Promise<void> {
  const { environment, logger, signal, closing } = running;
  const { sourceId, daprHttpPort } = environment;
  const sessions = new DaprSessions({ appId: `${sourceId}-reactivator`, daprHttpPort, logger });
  closing.push(() => sessions.disconnect());
  const proxy = await startProxy(running, sessions);
  await aborted(signal);
  await proxy.stop();
}

async function startProxy(
  running: Running,
  sessions: DaprSessions | InProcessSessions,
): Promise<SourceProxy> {
  const { definition, options, environment, logger } = running;
  const { sourceId, listenHost: host, appPort: port } = environment;
  const ownedLabels = { nodes: [], relations: [], ...definition.labels };
  const proxy = new SourceProxy({
    sourceId,
    ownedLabels,
    bootstrap: definition.bootstrap,
    sessions,
    host,
    port,
    logger,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
  });
  const address = await proxy.start();
  logger.info('the proxy listens', { ...address });
  return proxy;
}

async function runReactivator(running: Running): Promise<void> {
  const { options, environment, logger, signal, closing } = running;
  const { sourceId, pubsub, stateStoreName, daprHttpPort, listenHost: host, appPort: port } = environment;
  const publisher =
    options.publisher ?? owned(closing, new DaprPublisher({ sourceId, pubsub, daprHttpPort }));
  const state =
    options.state ?? owned(closing, new DaprStateStore({ storeName: stateStoreName, daprHttpPort }));
  const reactivator = reactivatorOf(running, publisher, state, { host, port });
  const ended = new AbortController();
  const run = reactivator.run(signal).finally(() => ended.abort());
  if (options.state === undefined || options.publisher === undefined)
    // Only tells what is waited for: the store and the publisher wait by themselves.
    waitForSidecar({ daprHttpPort, signal: AbortSignal.any([signal, ended.signal]), logger }).catch(
      (error: unknown) => logger.debug('no longer waiting for the sidecar', { error: messageOf(error) }),
    );
  await run;
}

async function runBoth(running: Running, publishTo: string, directory: string | undefined): Promise<void> {
  const { options, environment, logger, signal, closing } = running;
  const { sourceId, pubsub, daprHttpPort } = environment;
  const stdout = process.stdout;
  const publisher =
    options.publisher ??
    owned(
      closing,
      await openPublisher(parsePublishTarget(publishTo), { sourceId, stdout, pubsub, daprHttpPort }),
    );
  const state = options.state ?? owned(closing, await openState(directory, logger));
  const reactivator = reactivatorOf(running, publisher, state, {});
  const proxy = await startProxy(running, new InProcessSessions(reactivator.sessions));
  try {
    await reactivator.run(signal);
  } finally {
    await proxy.stop();
  }
}

async function openState(directory: string | undefined, logger: Logger): Promise<StateStore> {
  if (directory !== undefined) return FileStateStore.open(directory);
  logger.warn('STATE_DIR is not set: the state is gone when this process ends');
  return new MemoryStateStore();
}

function reactivatorOf(
  running: Running,
  publisher: ChangePublisher,
  state: StateStore,
  listener: { readonly host?: string; readonly port?: number },
): Reactivator {
  const { definition, options, environment, logger } = running;
  const { labels: _labels, bootstrap: _bootstrap, ...own } = definition;
  const { clock } = options;
  return new Reactivator({
    sourceId: environment.sourceId,
    ...own,
    publisher,
    state,
    logger,
    ...listener,
    ...(clock === undefined ? {} : { clock }),
  });
}

function owned<T extends { close(): Promise<void> }>(closing: Closing, resource: T): T {
  closing.push(() => resource.close());
  return resource;
}

/** Aborted by SIGTERM, which is how Kubernetes ends a pod, and by SIGINT. */
function stopSignal(closing: Closing): AbortSignal {
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    const listener = (): void => stop.abort(new Error(`stopped by ${name}`));
    process.once(name, listener);
    closing.push(async () => void process.off(name, listener));
  }
  return stop.signal;
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
