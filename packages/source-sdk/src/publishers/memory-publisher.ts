import type { ChangePublisher } from '../contracts.ts';

/** Keeps what it is given. For tests, and for sources run inside another program. */
export class MemoryPublisher implements ChangePublisher {
  readonly maxBatchBytes: number;
  /** One entry a call of publish: the JSON text of its changes. */
  readonly batches: string[][] = [];

  constructor(options: { readonly maxBatchBytes?: number } = {}) {
    this.maxBatchBytes = options.maxBatchBytes ?? 900_000;
  }

  publish(changes: readonly Uint8Array[]): Promise<void> {
    this.batches.push(changes.map((change) => Buffer.from(change).toString('latin1')));
    return Promise.resolve();
  }

  /** The JSON text of every change so far. */
  get changes(): readonly string[] {
    return this.batches.flat();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
