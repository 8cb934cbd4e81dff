import type { RecordChange, StateKeeper } from './state-keeper.ts';
import type { StateRecord } from './state-record.ts';

/**
 * Log sequence numbers, unique and strictly increasing across restarts (rule R12): blocks are taken from a mark that is
 * durable before the first number of the block is used, so a crash wastes numbers and never repeats one.
 */
export class LsnAllocator {
  readonly #keeper: StateKeeper;
  readonly #blockSize: bigint;
  #next = 1n;
  #end = 0n;

  constructor(keeper: StateKeeper, blockSize = 1_000_000) {
    this.#keeper = keeper;
    this.#blockSize = BigInt(blockSize);
  }

  /**
   * Takes a block now.
   * @param write makes the change durable; at the start it is the write that claims the record
   */
  async reserve(
    count = 1,
    write: (change: RecordChange) => Promise<void> = (change) => this.#keeper.update(change),
  ): Promise<void> {
    const size = this.#blockSize > BigInt(count) ? this.#blockSize : BigInt(count);
    let mark = 0n;
    await write((record: StateRecord) => {
      mark = BigInt(record.lsn);
      return { ...record, lsn: (mark + size).toString() };
    });
    this.#next = mark + 1n;
    this.#end = mark + size;
  }

  /** The first of `count` numbers in a row. */
  async take(count: number): Promise<bigint> {
    if (this.#end - this.#next + 1n < BigInt(count)) await this.reserve(count);
    const first = this.#next;
    this.#next += BigInt(count);
    return first;
  }
}
