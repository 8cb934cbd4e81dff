import type { ChangeBatch, Monitor, MonitorContext } from './contracts.ts';
import { ErrorCode, SourceError } from './errors.ts';

/** Where a monitor that is told of its changes puts them. */
export interface ChangeQueue {
  /**
   * Adds a batch, in order. Resolves when there is room for the next one: await it, so that the sender is slowed down and not this
   * process filled. Rejects once the monitor is to end.
   */
  push(batch: ChangeBatch): Promise<void>;
  /** Resolves when every batch that was pushed so far is delivered and its checkpoint is stored: when the sender may be told. */
  drained(): Promise<void>;
}

export interface PushMonitorOptions {
  /** How many batches wait at most, the one being delivered not counted. 0: each is waited for. Default 16. */
  readonly capacity?: number;
}

/** How long silence is waited out at a time, milliseconds: a sender that has nothing to say is no monitor that hangs. */
const SILENCE_MS = 10_000;

/**
 * A monitor of a source that pushes: a subscription, a webhook, a change stream with callbacks.
 *
 * ```ts
 * const monitor = pushMonitor(async (queue, { checkpoint, signal }) => {
 *   for await (const event of subscribe({ after: checkpoint, signal })) {
 *     await queue.push({ changes: [toChange(event)], checkpoint: event.position });
 *   }
 * });
 * ```
 * @param run - pushes until its signal is aborted. When it throws, what was pushed before is delivered, then the monitor starts
 * again from the last checkpoint
 */
export function pushMonitor(
  run: (queue: ChangeQueue, context: MonitorContext) => Promise<void>,
  options: PushMonitorOptions = {},
): Monitor {
  return async function* pushed(context): AsyncGenerator<ChangeBatch> {
    const ended = new AbortController();
    const signal = AbortSignal.any([context.signal, ended.signal]);
    const queue = new BoundedQueue(options.capacity ?? 16, signal);
    const running = endOf(queue, run(queue, { ...context, signal }));
    // It is looked at when the batches before it are delivered.
    running.catch(() => undefined);
    try {
      for (;;) {
        await queue.waitForBatch(context);
        const batch = queue.take();
        if (batch === undefined) break;
        yield batch;
        // It is asked for the next one, hence this one is delivered.
        queue.delivered();
      }
      await running;
    } finally {
      ended.abort(new SourceError(ErrorCode.Stopping, 'the monitor is to end'));
      await running.catch(() => undefined);
    }
  };
}

async function endOf(queue: BoundedQueue, run: Promise<void>): Promise<void> {
  try {
    await run;
  } finally {
    queue.close();
  }
}

interface Waiter {
  /** The number of batches that have to be taken or delivered. */
  readonly at: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

class BoundedQueue implements ChangeQueue {
  readonly #capacity: number;
  readonly #signal: AbortSignal;
  readonly #batches: ChangeBatch[] = [];
  /** Pushes that wait for room, and callers of `drained`. */
  #waiters: { readonly room: Waiter[]; readonly delivery: Waiter[] } = { room: [], delivery: [] };
  #pushed = 0;
  #delivered = 0;
  #closed = false;
  #wake: () => void = () => undefined;
  /** One sleep at a time, however often the queue runs empty meanwhile. */
  #silence: Promise<void> | undefined;

  constructor(capacity: number, signal: AbortSignal) {
    this.#capacity = capacity;
    this.#signal = signal;
    signal.addEventListener('abort', () => this.#rejectAll(), { once: true });
  }

  push(batch: ChangeBatch): Promise<void> {
    this.#signal.throwIfAborted();
    this.#batches.push(batch);
    this.#pushed += 1;
    this.#wake();
    // With no capacity the batch itself has to be delivered; otherwise enough before it.
    return this.#capacity === 0
      ? this.drained()
      : this.#wait('room', this.#pushed - this.#capacity, this.#taken);
  }

  drained(): Promise<void> {
    return this.#wait('delivery', this.#pushed, this.#delivered);
  }

  get #taken(): number {
    return this.#pushed - this.#batches.length;
  }

  take(): ChangeBatch | undefined {
    const batch = this.#batches.shift();
    this.#settle('room', this.#taken);
    return batch;
  }

  delivered(): void {
    this.#delivered += 1;
    this.#settle('delivery', this.#delivered);
  }

  /** No further batch comes. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Resolves when there is a batch, or none comes any more. */
  async waitForBatch(context: MonitorContext): Promise<void> {
    while (this.#batches.length === 0 && !this.#closed) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#silence ??= context.sleep(SILENCE_MS).finally(() => {
        this.#silence = undefined;
      });
      this.#silence.catch(() => undefined);
      await Promise.race([woken, this.#silence]);
    }
  }

  #wait(what: 'room' | 'delivery', at: number, now: number): Promise<void> {
    if (this.#signal.aborted) return Promise.reject(this.#signal.reason as Error);
    if (now >= at) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters[what].push({ at, resolve, reject });
    });
  }

  #settle(what: 'room' | 'delivery', now: number): void {
    const waiters = this.#waiters[what];
    // In the order of their numbers.
    while (waiters[0] !== undefined && waiters[0].at <= now) waiters.shift()?.resolve();
  }

  #rejectAll(): void {
    const { room, delivery } = this.#waiters;
    this.#waiters = { room: [], delivery: [] };
    for (const { reject } of [...room, ...delivery]) reject(this.#signal.reason as Error);
  }
}
