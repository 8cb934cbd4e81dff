import { SleepingClock } from '../sleeping-clock.ts';

/** A sleep that ends within this time is over with the next tick, milliseconds. */
const jumpMs = 1_000;
/**
 * What a tick is otherwise. Small, because long sleeps are limits of how long something may take: while the source waits for
 * Kusto, which takes real time, they must not run out.
 */
const driftMs = 20;

/** Time that goes on only when it is told to, so that an interval costs nothing. */
export class ModelClock extends SleepingClock {
  /** Moves the time on, wakes who is due, and lets them and the network work for a moment. */
  async tick(): Promise<void> {
    const now = this.now();
    const next = this.nextDue;
    this.moveTo(next - now <= jumpMs ? Math.max(now, next) : now + driftMs);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
