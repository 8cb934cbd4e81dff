import { randomUUID } from 'node:crypto';
import type { Logger } from './clock.ts';
import { readBounded } from './http/body.ts';
import { requestBody } from './http/request-body.ts';
import type { Transport } from './http/transport.ts';
import { stringLiteral } from './text.ts';

const CANCEL_TIMEOUT_MS = 5_000;
const MAX_CANCEL_ANSWER = 64 * 1024;

/** Tells the service to stop queries whose readers left: in the background, since such a reader waits for nothing. */
export class Cancellations {
  readonly #transport: Transport;
  readonly #logger: Logger;
  readonly #running = new Set<Promise<void>>();

  constructor(transport: Transport, logger: Logger) {
    this.#transport = transport;
    this.#logger = logger;
  }

  begin(database: string, clientRequestId: string): void {
    const cancellation = this.#send(database, clientRequestId).finally(() =>
      this.#running.delete(cancellation),
    );
    this.#running.add(cancellation);
  }

  /** Resolves when those under way have ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  /** Best effort: the connection is gone anyway, but the service may find that out late. Never rejects. */
  async #send(database: string, clientRequestId: string): Promise<void> {
    try {
      const { body } = await this.#transport.post({
        path: '/v1/rest/mgmt',
        body: requestBody(database, `.cancel query ${stringLiteral(clientRequestId)}`, {}),
        clientRequestId: `drasi-kusto.cancel;${randomUUID()}`,
        headersTimeoutMs: CANCEL_TIMEOUT_MS,
        idleTimeoutMs: CANCEL_TIMEOUT_MS,
        signal: AbortSignal.timeout(CANCEL_TIMEOUT_MS),
      });
      await readBounded(body, MAX_CANCEL_ANSWER);
    } catch (error) {
      this.#logger.debug('the service did not cancel the query', {
        clientRequestId,
        reason: error instanceof Error ? error.message : 'unknown',
      });
    }
  }
}
