import { paceOf, type SnapshotProgress } from '../snapshot/progress.ts';
import type { TerminalStream } from '../terminal.ts';

const redrawEveryMs = 100;
const lineEveryMs = 10_000;
const eraseLine = '\r\u001b[2K';

/** Shows how far a snapshot is: a bar that stays in its line on a terminal, a line of text now and then elsewhere. */
export class ProgressBar {
  readonly #stream: TerminalStream;
  readonly #line: (text: string) => void;
  #shownAt: number | undefined;
  #drawn = false;

  /** @param line writes a line of the log, where there is no terminal */
  constructor(stream: TerminalStream, line: (text: string) => void) {
    this.#stream = stream;
    this.#line = line;
  }

  update(progress: SnapshotProgress): void {
    const terminal = this.#stream.isTTY === true;
    // The first line of a log would only say that nothing has been read yet.
    this.#shownAt ??= terminal ? Number.NEGATIVE_INFINITY : progress.startedAt;
    if (progress.now - this.#shownAt < (terminal ? redrawEveryMs : lineEveryMs)) return;
    this.#shownAt = progress.now;
    if (!terminal) {
      this.#line(progressText(progress));
      return;
    }
    this.#drawn = true;
    this.#stream.write(`${eraseLine}${progressLine(progress, this.#stream.columns ?? 80)}`);
  }

  /** Leaves the terminal's line empty for what comes next. */
  clear(): void {
    if (this.#drawn) this.#stream.write(eraseLine);
    this.#drawn = false;
    if (this.#stream.isTTY === true) this.#shownAt = undefined;
  }
}

/** `12,000 of about 50,000 rows, 8,000/s, slice 2 of 5, about 5 s left` */
export function progressText(progress: SnapshotProgress): string {
  const { rows, expectedRows, slicesDone, slices } = progress;
  const { rowsPerSecond, secondsLeft } = paceOf(progress);
  return [
    `${count(rows)} of about ${count(expectedRows)} rows`,
    `${count(rowsPerSecond)}/s`,
    `${slicesDone} of ${slices} ${slices === 1 ? 'slice' : 'slices'}`,
    ...(secondsLeft === undefined ? [] : [`${duration(secondsLeft)} left`]),
  ].join(', ');
}

/** The same behind a bar, no wider than the terminal: a line that wraps cannot be erased. */
export function progressLine(progress: SnapshotProgress, columns: number): string {
  const text = progressText(progress);
  const width = Math.min(30, columns - text.length - 4);
  const line = width < 5 ? text : `${bar(paceOf(progress).share, width)} ${text}`;
  return line.slice(0, Math.max(0, columns - 1));
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return `[${'='.repeat(full)}${' '.repeat(width - full)}]`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

function duration(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
