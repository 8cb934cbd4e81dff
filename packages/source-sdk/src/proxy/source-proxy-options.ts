import type { Bootstrap, BootstrapSessions, Clock, Logger } from '../contracts.ts';

export interface OwnedLabels {
  readonly nodes: readonly string[];
  readonly relations: readonly string[];
}

export interface SourceProxyOptions {
  readonly sourceId: string;
  /** What this source sends. Drasi asks every source of a query for every label: those of others are ignored. */
  readonly ownedLabels: OwnedLabels;
  /** Gets the owned labels of a request, each once; never called without one. */
  readonly bootstrap: Bootstrap;
  /** How to reach the reactivator. Without it nothing closes the start hole (rule R1) or repairs a killed proxy (rule R2). */
  readonly sessions?: BootstrapSessions;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** The largest request body, bytes. Default 1 MB. */
  readonly bodyLimit?: number;
  /** How long a bootstrap waits for its session before it is answered with 503, milliseconds. Default 240 000. */
  readonly sessionOpenTimeoutMs?: number;
  /** Milliseconds between renewals of a session. Default 10 000. */
  readonly sessionRenewMs?: number;
  /** How long `stop` lets bootstraps go on before it breaks them, milliseconds. Default 10 000. */
  readonly graceMs?: number;
  /** How long a slow reader may take for the poison line before the connection is cut, milliseconds. Default 5 000. */
  readonly poisonWaitMs?: number;
  /** The most bytes of relations the legacy `/acquire` holds back, an answer. Default 32 MB. */
  readonly acquireSpoolBytes?: number;
}
