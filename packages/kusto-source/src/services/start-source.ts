import type { KustoClientOptions } from '@drasi-kusto/kusto-client';
import {
  InProcessSessions,
  Reactivator,
  SourceProxy,
  systemClock,
  type ChangePublisher,
  type Clock,
  type JsonValue,
  type Logger,
  type ReactivatorStatus,
  type StateStore,
} from '@drasi-kusto/source-sdk';
import { configFingerprint } from '../config/fingerprint.ts';
import { entityName, type SourceConfig } from '../config/entity-config.ts';
import { createBootstrap } from '../snapshot/bootstrap.ts';
import { readCheckpoint } from '../feed/checkpoint.ts';
import { createMonitor } from '../feed/monitor.ts';
import { SourceIndexes } from '../key-index/source-indexes.ts';
import { openEntities } from './source-entities.ts';

export interface StartOptions {
  readonly publisher: ChangePublisher;
  readonly state: StateStore;
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Without a port there is no proxy, only the feed. 0 takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Where the feed begins without a checkpoint. Default: now. */
  readonly from?: 'beginning' | 'now';
  readonly clock?: Clock;
  /** Makes the requests to Kusto. Default connections of the source's own. */
  readonly dispatcher?: KustoClientOptions['dispatcher'];
}

/** Both services of a source in one process. */
export interface RunningSource {
  /** Where bootstraps are asked for; undefined without a port. */
  readonly proxyUrl: string | undefined;
  /** The feed's start is fixed and stored; with `from: beginning`, the rows that were there are delivered. */
  readonly ready: Promise<void>;
  /** Resolves after {@link RunningSource.stop}; rejects when the feed failed for good. */
  readonly done: Promise<void>;
  /** What the feed is doing; `retrying` while Kusto, the receiver or the state store fails. */
  readonly status: ReactivatorStatus;
  /** The last checkpoint stored. */
  readonly checkpoint: JsonValue | undefined;
  /** Ends both: the batch in flight and its checkpoint are finished first. */
  stop(): Promise<void>;
}

/**
 * Runs the feed, and the proxy if a port is given, in this process. The bootstrap sessions (rules R1 and R2) are plain
 * function calls here.
 */
export async function startSource(source: SourceConfig, options: StartOptions): Promise<RunningSource> {
  const { logger, env, publisher, state, clock = systemClock, dispatcher } = options;
  const clientOptions = { logger, env, clock, ...(dispatcher === undefined ? {} : { dispatcher }) };
  const { entities, bootstraps, ownedLabels, ...readers } = openEntities(source, clientOptions);
  const { sourceId } = source;
  const indexes = new SourceIndexes({ store: state, clock });
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  const reactivator = new Reactivator({
    sourceId,
    monitor: createMonitor({ entities, indexes, clock, logger, from: options.from ?? 'now' }),
    handOver: (sessionId, payload) => indexes.handOver(sessionId, payload),
    deprovision: () => indexes.destroy(),
    publisher,
    state: announcing(state, source, ready.resolve),
    fingerprint: configFingerprint(source),
    logger,
    clock,
  });
  let proxy: SourceProxy | undefined;
  let proxyUrl: string | undefined;
  if (options.port !== undefined) {
    proxy = new SourceProxy({
      sourceId,
      ownedLabels,
      bootstrap: createBootstrap({ entities: bootstraps, logger, clock }),
      sessions: new InProcessSessions(reactivator.sessions),
      port: options.port,
      logger,
      clock,
      ...(options.host === undefined ? {} : { host: options.host }),
    });
    const { host, port } = await proxy.start();
    proxyUrl = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }
  const done = runToEnd();
  // A failure before readiness is the failure of readiness too; both may be awaited by different callers, or by none.
  done.then(() => ready.reject(new Error('the source was stopped before it was ready')), ready.reject);
  ready.promise.catch(() => {});
  async function runToEnd(): Promise<void> {
    try {
      await reactivator.run(stopping.signal);
    } finally {
      await proxy?.stop();
      await readers[Symbol.asyncDispose]();
    }
  }

  return {
    proxyUrl,
    ready: ready.promise,
    done,
    get status() {
      return reactivator.status;
    },
    get checkpoint() {
      return reactivator.checkpoint;
    },
    stop: async () => {
      stopping.abort();
      await done.catch(() => {});
    },
  };
}

/** The store, telling when it holds a checkpoint of every entity: from then on no change can be missed. */
function announcing(state: StateStore, { entities }: SourceConfig, onCheckpoint: () => void): StateStore {
  const names = entities.map(entityName);
  const look = (value: JsonValue | undefined): void => {
    if (typeof value !== 'object' || value === null || !('checkpoint' in value)) return;
    const { checkpoint } = value;
    if (checkpoint === undefined) return;
    try {
      const known = readCheckpoint(checkpoint, names[0] ?? '');
      if (names.every((name) => known.has(name))) onCheckpoint();
    } catch {
      // One that cannot be read ends the feed, which says why.
    }
  };
  return {
    exclusive: state.exclusive ?? false,
    get: async (key) => {
      const stored = await state.get(key);
      look(stored?.value);
      return stored;
    },
    set: async (key, value, etag) => {
      const next = await state.set(key, value, etag);
      look(value);
      return next;
    },
    delete: (key) => state.delete(key),
    close: () => state.close(),
  };
}
