import type { Clock, Random } from './clock.ts';
import { KustoError } from './errors.ts';
import type { RetryClass } from './errors.ts';

export interface RetryPolicy {
  /** Attempts in all, the first included. 1 turns retrying off. Default 5. */
  readonly maxAttempts?: number;
  /** No attempt begins later than this after the first. Default 2 minutes. */
  readonly deadlineMs?: number;
}

export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly random: Random;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((error: KustoError, attempt: number, pauseMs: number) => void) | undefined;
}

/** First and longest pause of each class that repeating can help. */
const PAUSES: Readonly<Partial<Record<RetryClass, readonly [first: number, longest: number]>>> = {
  throttled: [2_000, 60_000],
  transient: [500, 30_000],
  unreachable: [1_000, 30_000],
};

/**
 * The pause before the next attempt: doubling, half of it random, so that many clients do not come back at the same moment. What the
 * service asks for by Retry-After is never undercut. Undefined when repeating cannot help.
 * @param attempt - attempts already made
 */
export function pauseFor(error: KustoError, attempt: number, random: Random): number | undefined {
  const pauses = PAUSES[error.retryClass];
  if (pauses === undefined) return undefined;
  const [first, longest] = pauses;
  const full = Math.min(longest, first * 2 ** Math.min(attempt - 1, 20));
  return Math.max(full / 2 + random() * (full / 2), error.retryAfterMs ?? 0);
}

/** Counts the attempts of one operation. */
export class RetryLoop {
  readonly #context: RetryContext;
  readonly #deadline: number;
  #attempts = 1;

  constructor(context: RetryContext) {
    this.#context = context;
    this.#deadline = context.clock.now() + (context.policy.deadlineMs ?? 120_000);
  }

  /** The number of the attempt under way, from 1. */
  get attempt(): number {
    return this.#attempts;
  }

  /** Waits until the next attempt may begin; throws `error` when there is to be none. */
  async pause(error: unknown): Promise<void> {
    const { policy, clock, random, signal, onRetry } = this.#context;
    if (!(error instanceof KustoError) || this.#attempts >= (policy.maxAttempts ?? 5)) throw error;
    const pauseMs = pauseFor(error, this.#attempts, random);
    if (pauseMs === undefined || clock.now() + pauseMs > this.#deadline) throw error;
    onRetry?.(error, this.#attempts, pauseMs);
    this.#attempts++;
    try {
      await clock.sleep(pauseMs, signal);
    } catch (cause) {
      throw aborted(cause);
    }
  }
}

/** Runs `operation` until it succeeds or {@link RetryLoop} gives up. */
export async function withRetry<T>(
  context: RetryContext,
  operation: (attempt: number) => Promise<T>,
): Promise<T> {
  const loop = new RetryLoop(context);
  for (;;) {
    try {
      return await operation(loop.attempt);
    } catch (error) {
      await loop.pause(error);
    }
  }
}

export function aborted(cause: unknown): KustoError {
  return cause instanceof KustoError && cause.code === 'KUSTO_ABORTED'
    ? cause
    : new KustoError('KUSTO_ABORTED', 'the request was ended by its caller', { cause });
}
