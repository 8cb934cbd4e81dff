import type { Bootstrap, ChangePublisher, Clock, Logger, Monitor, StateStore } from '../contracts.ts';
import type { OwnedLabels } from '../proxy/source-proxy-options.ts';
import type { ReactivatorOptions } from '../reactivator/reactivator-options.ts';

/** What makes a source this one: the rest is the SDK's. */
export interface SourceDefinition extends Pick<
  ReactivatorOptions,
  'deprovision' | 'handOver' | 'unhealthy' | 'stalledAfterMs'
> {
  /** What it sends; a label that is not here is not asked for. */
  readonly labels: Partial<OwnedLabels>;
  readonly bootstrap: Bootstrap;
  readonly monitor: Monitor;
  /** Names the configuration that a checkpoint belongs to: another one is refused. */
  readonly fingerprint: string;
}

/**
 * Makes a source of its environment, when it runs: what it throws, such as what is wrong with a property (`readSettings`), is told
 * where every other failure is, in the log and in the termination log. A module that reads it at its top fails before any of that.
 */
export type DefineSource = (env: Readonly<Record<string, string | undefined>>) => SourceDefinition;

/**
 * `proxy` and `reactivator`: the two services of a source on the Drasi platform, beside a Dapr sidecar. `both`: all in one
 * process, without Kubernetes.
 */
export type SourceService = 'proxy' | 'reactivator' | 'both';

export interface RunSourceOptions {
  /** `proxy`, `reactivator` or `both`; any other text is refused. Default both. */
  readonly service?: string | undefined;
  /** Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Ends it. Default: SIGTERM or SIGINT. */
  readonly signal?: AbortSignal;
  /** Default: JSON lines on stderr, from LOG_LEVEL on. */
  readonly logger?: Logger;
  /** Instead of the platform's, or of PUBLISH_TO. Not closed. */
  readonly publisher?: ChangePublisher;
  /** Instead of the platform's, or of STATE_DIR. Not closed. */
  readonly state?: StateStore;
  readonly clock?: Clock;
}

export interface Source {
  /**
   * Runs until it is told to stop, and ends what is under way first: a bootstrap, or the batch in flight and its checkpoint.
   * @throws FatalSourceError what no restart can mend; the message is also in the termination log
   */
  run(options?: RunSourceOptions): Promise<void>;
}
