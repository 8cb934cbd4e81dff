import type { ResultLimits } from '../../request-properties/truncation.ts';
import { resultTooLarge } from '../../service-errors.ts';

/** A result that is made to fail after some rows, whatever they are. */
export interface FailAfter {
  readonly rows: number;
  readonly error: Error;
}

/** Counts the rows of one result and says which is the first that may not be sent, and why. */
export class ResultLimit {
  readonly #limits: ResultLimits;
  readonly #failAfter: FailAfter | undefined;
  #records = 0;
  #bytes = 0;

  constructor(limits: ResultLimits, failAfter?: FailAfter) {
    this.#limits = limits;
    this.#failAfter = failAfter;
  }

  /** The failure that this row, as its JSON text, brings about; undefined when it may be sent. */
  add(row: string): Error | undefined {
    const { maxRecords, maxBytes } = this.#limits;
    const failAfter = this.#failAfter;
    if (failAfter !== undefined && this.#records >= failAfter.rows) return failAfter.error;
    if (maxRecords !== undefined && this.#records >= maxRecords) return resultTooLarge('records', maxRecords);
    if (maxBytes !== undefined) {
      this.#bytes += Buffer.byteLength(row);
      if (this.#bytes > maxBytes) return resultTooLarge('bytes', maxBytes);
    }
    this.#records += 1;
    return undefined;
  }

  /** The failure behind the last row, when fewer came than the failure was to wait for. */
  end(): Error | undefined {
    return this.#failAfter?.error;
  }
}
