import {
  DaprPublisher,
  DaprSessions,
  DaprStateStore,
  Reactivator,
  readEnvironment,
  SourceProxy,
  startOtlp,
  systemClock,
  waitForSidecar,
  type Logger,
} from '@drasi-kusto/source-sdk';
import { configFingerprint } from '../config/fingerprint.ts';
import type { SourceConfig } from '../config/entity-config.ts';
import { describeError } from '../describe-error.ts';
import { createBootstrap } from '../snapshot/bootstrap.ts';
import { createMonitor } from '../feed/monitor.ts';
import { SourceIndexes } from '../key-index/source-indexes.ts';
import { openEntities } from './source-entities.ts';
import { serveMetrics } from './metrics.ts';

export interface ServiceOptions {
  readonly config: SourceConfig;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  /** Aborted by SIGTERM and SIGINT. */
  readonly signal: AbortSignal;
}

/** The bootstrap service of a source on the Drasi platform. Resolves when it was told to stop. */
export async function runProxy(options: ServiceOptions): Promise<void> {
  const { env, logger, signal } = options;
  const { sourceId, daprHttpPort, appPort, listenHost, adminPort } = readEnvironment(env);
  await using _telemetry = await startOtlp({ env, serviceName: `${sourceId}-proxy` });
  await using _metrics = await serveMetrics(listenHost, adminPort, logger);
  await using source = openEntities(options.config, { logger, env });
  const proxy = new SourceProxy({
    sourceId,
    ownedLabels: source.ownedLabels,
    bootstrap: createBootstrap({ entities: source.bootstraps, logger }),
    sessions: new DaprSessions({ appId: `${sourceId}-reactivator`, daprHttpPort, logger }),
    host: listenHost,
    port: appPort,
    logger,
  });
  const { host, port } = await proxy.start();
  logger.info(`the proxy listens on ${host}:${port}`, { host, port });
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await proxy.stop();
}

/** The change feed of a source on the Drasi platform. Resolves when it was told to stop; rejects with what no retry can mend. */
export async function runReactivator(options: ServiceOptions): Promise<void> {
  const { env, logger, signal } = options;
  const { sourceId, pubsub, stateStoreName, daprHttpPort, appPort, listenHost, adminPort } =
    readEnvironment(env);
  logger.info(`the reactivator of ${sourceId} starts`);
  await using _telemetry = await startOtlp({ env, serviceName: `${sourceId}-reactivator` });
  await using _metrics = await serveMetrics(listenHost, adminPort, logger);
  await using source = openEntities(options.config, { logger, env });
  const publisher = new DaprPublisher({ pubsub, sourceId, daprHttpPort });
  const state = new DaprStateStore({ storeName: stateStoreName, daprHttpPort });
  const indexes = new SourceIndexes({ store: state });
  try {
    const reactivator = new Reactivator({
      sourceId,
      monitor: createMonitor({ entities: source.entities, indexes, clock: systemClock, logger, from: 'now' }),
      handOver: (sessionId, payload) => indexes.handOver(sessionId, payload),
      deprovision: () => indexes.destroy(),
      publisher,
      state,
      fingerprint: configFingerprint(options.config),
      logger,
      host: listenHost,
      port: appPort,
    });
    const ended = new AbortController();
    const run = reactivator.run(signal).finally(() => ended.abort());
    tellSidecar({ daprHttpPort, signal: AbortSignal.any([signal, ended.signal]), logger });
    await run;
  } finally {
    await publisher.close();
    await state.close();
  }
}

/** Publisher and store wait for the sidecar by themselves, and in silence: the log says that it is waited for. */
function tellSidecar(options: {
  readonly daprHttpPort: number;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}): void {
  waitForSidecar(options).catch((error: unknown) =>
    options.logger.debug('no longer waiting for the sidecar', { error: describeError(error) }),
  );
}
