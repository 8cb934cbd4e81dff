import type { BootstrapProgress } from '@drasi-kusto/source-sdk';
import type { SnapshotProgress } from './progress.ts';

/** How far a bootstrap of several entities is: those that are through, and the one that is read. How large later ones are nobody knows yet. */
export class BootstrapParts {
  readonly #report: (progress: BootstrapProgress) => void;
  readonly #snapshots: SnapshotProgress[] = [];
  #entities = 0;

  constructor(report: (progress: BootstrapProgress) => void) {
    this.#report = report;
  }

  /** Takes the progress of one more entity. */
  next(): (progress: SnapshotProgress) => void {
    const at = this.#entities++;
    return (progress) => {
      this.#snapshots[at] = progress;
      this.#report({
        expectedElements: this.#sum('expectedRows'),
        parts: this.#sum('slices'),
        partsDone: this.#sum('slicesDone'),
      });
    };
  }

  #sum(figure: 'expectedRows' | 'slices' | 'slicesDone'): number {
    return this.#snapshots.reduce((sum, progress) => sum + progress[figure], 0);
  }
}
