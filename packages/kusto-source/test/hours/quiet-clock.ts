import diagnostics from 'node:diagnostics_channel';
import { SleepingClock } from '../sleeping-clock.ts';

/** How many turns of the event loop without a request it takes until nothing is taken to be under way. */
const quietTurns = 3;

/**
 * Time that jumps from one sleeper to the next, so that a day takes as long as its work. It stands still while a request to Kusto is
 * under way: limits of how long something may take do not run out because this machine is slow.
 */
export class QuietClock extends SleepingClock implements Disposable {
  readonly #began = (): void => void (this.#requests += 1);
  readonly #ended = (): void => void (this.#requests -= 1);
  #requests = 0;

  constructor() {
    super();
    diagnostics.subscribe('drasi-kusto:request:start', this.#began);
    diagnostics.subscribe('drasi-kusto:request:end', this.#ended);
  }

  [Symbol.dispose](): void {
    diagnostics.unsubscribe('drasi-kusto:request:start', this.#began);
    diagnostics.unsubscribe('drasi-kusto:request:end', this.#ended);
  }

  /** Lets `ms` pass: everything that is due in it happens, each thing at its time. */
  async pass(ms: number): Promise<void> {
    const end = this.now() + ms;
    for (;;) {
      await this.quiet();
      if (this.nextDue > end) break;
      this.moveTo(Math.max(this.now(), this.nextDue));
    }
    this.moveTo(end);
  }

  /** Lets time pass in small steps until the condition holds. @throws Error when it does not within `limitMs` of this clock */
  async until(condition: () => boolean | Promise<boolean>, what: string, limitMs = 600_000): Promise<void> {
    const end = this.now() + limitMs;
    while (!(await condition())) {
      if (this.now() >= end) throw new Error(`${what} did not come within ${limitMs / 1000} s`);
      await this.pass(100);
    }
  }

  /** Resolves when everyone who was woken has gone back to sleep. */
  async quiet(): Promise<void> {
    for (let turn = 0; turn < quietTurns; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#requests > 0) turn = -1;
    }
  }
}
