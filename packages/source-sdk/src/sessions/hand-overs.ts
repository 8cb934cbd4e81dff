import { MAX_HAND_OVER_BYTES } from '../contracts.ts';
import { ErrorCode, FatalSourceError } from '../errors.ts';

/** Resolves when `payload`, given by the bootstrap of this session, is durable. */
export type HandOver = (sessionId: string, payload: Uint8Array) => Promise<void>;

/**
 * Passes hand-overs on to the source, as they come: none waits for another one or for the monitor (rule R8).
 */
export class HandOvers {
  readonly #handOver: HandOver | undefined;
  readonly #underWay = new Set<Promise<void>>();
  #refusal: Error | undefined;

  constructor(handOver: HandOver | undefined) {
    this.#handOver = handOver;
  }

  /** @throws FatalSourceError HAND_OVER_REFUSED without a taker, or for a payload that is too large; what the taker throws */
  async take(sessionId: string, payload: Uint8Array): Promise<void> {
    if (this.#refusal !== undefined) throw this.#refusal;
    if (this.#handOver === undefined)
      throw new FatalSourceError(
        ErrorCode.HandOverRefused,
        'this reactivator takes no hand-overs: give it the option `handOver`',
      );
    checkHandOverSize(payload);
    const taking = this.#handOver(sessionId, payload);
    this.#underWay.add(taking);
    try {
      await taking;
    } finally {
      this.#underWay.delete(taking);
    }
  }

  /** Refuses what comes from here on with `reason`; resolves when what is under way has ended, well or not. */
  async refuse(reason: Error): Promise<void> {
    this.#refusal ??= reason;
    await Promise.allSettled(this.#underWay);
  }
}

/** @throws FatalSourceError HAND_OVER_REFUSED */
export function checkHandOverSize(payload: Uint8Array): void {
  if (payload.byteLength > MAX_HAND_OVER_BYTES)
    throw new FatalSourceError(
      ErrorCode.HandOverRefused,
      `a hand-over of ${payload.byteLength} bytes is too large: cut it into parts of at most ${MAX_HAND_OVER_BYTES}`,
    );
}
