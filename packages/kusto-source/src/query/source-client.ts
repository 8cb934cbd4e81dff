import { createTokenProvider, KustoClient } from '@drasi-kusto/kusto-client';
import type { Clock, KustoClientOptions, Logger, RetryPolicy } from '@drasi-kusto/kusto-client';
import type { SharedConfig } from '../config/entity-config.ts';

export interface SourceClientOptions {
  readonly logger: Logger;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly retry?: RetryPolicy;
  /** Measures the pauses between attempts. Default the system's. */
  readonly clock?: Clock;
  /** Makes the requests. Default connections of the client's own. */
  readonly dispatcher?: KustoClientOptions['dispatcher'];
}

/** A client of the source's cluster, signed in as its configuration says. */
export function sourceClient(
  { connection, managedIdentity }: SharedConfig,
  { logger, env, retry, clock, dispatcher }: SourceClientOptions,
): KustoClient {
  return new KustoClient({
    connection,
    tokenProvider: createTokenProvider({ connection, managedIdentityClientId: managedIdentity, env }),
    logger,
    ...(retry === undefined ? {} : { retry }),
    ...(clock === undefined ? {} : { clock }),
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
}
