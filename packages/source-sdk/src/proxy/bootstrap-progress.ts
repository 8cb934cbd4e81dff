import type { BootstrapProgress, Clock, Logger } from '../contracts.ts';
import { emit } from '../diagnostics.ts';
import type { BootstrapProgressEvent, BootstrapStartEvent } from '../diagnostics.ts';

/** Milliseconds between two events, and between two lines of the log, of one bootstrap. */
const eventEveryMs = 1_000;
const logEveryMs = 10_000;

/** How far one bootstrap is: what the source tells about what is to come, and what was sent. */
export class BootstrapProgressReporter {
  readonly #start: BootstrapStartEvent;
  readonly #sent: () => { readonly elements: number; readonly bytes: number };
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #began: number;
  #latest: BootstrapProgress = {};
  #eventAt: number;
  #logAt: number;

  constructor(
    start: BootstrapStartEvent,
    sent: () => { readonly elements: number; readonly bytes: number },
    options: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#start = start;
    this.#sent = sent;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#began = options.clock.now();
    this.#eventAt = this.#began;
    this.#logAt = this.#began;
  }

  /** Takes what the source tells, as often as it likes; tells others in a bearable rhythm. */
  report(progress: BootstrapProgress): void {
    this.#latest = progress;
    const now = this.#clock.now();
    if (now - this.#eventAt >= eventEveryMs) {
      this.#eventAt = now;
      emit('drasi-source:bootstrap:progress', this.current());
    }
    if (now - this.#logAt >= logEveryMs) {
      this.#logAt = now;
      this.#logger.info('bootstrap goes on', { ...this.current() });
    }
  }

  current(): BootstrapProgressEvent {
    return {
      ...this.#start,
      ...this.#latest,
      ...this.#sent(),
      durationMs: this.#clock.now() - this.#began,
    };
  }
}
