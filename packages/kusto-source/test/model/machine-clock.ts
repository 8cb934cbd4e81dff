import { SleepingClock } from '../sleeping-clock.ts';

/** The clock of one of several machines, on which time passes at one speed. */
export class MachineClock extends SleepingClock {
  /** Time that passed while the process stood still: its clock shows it, and its timers fire later. */
  #missed = 0;

  /** @param aheadMs of other machines' clocks */
  constructor(aheadMs: number) {
    super();
    this.moveTo(this.now() + aheadMs);
  }

  override now(): number {
    return super.now() + this.#missed;
  }

  /** Milliseconds until somebody is to be woken; infinite where nobody sleeps. */
  get left(): number {
    return Math.max(0, this.nextDue - this.now());
  }

  /** Time passes, and wakes who is due. */
  pass(ms: number): void {
    const now = this.now() + ms;
    this.#missed = 0;
    this.moveTo(now);
  }

  /** Time passed, and nobody was woken. */
  miss(ms: number): void {
    this.#missed += ms;
  }
}
