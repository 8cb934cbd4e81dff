import assert from 'node:assert/strict';
import type { Invariant, RunEvent, StoredCheckpoint } from './invariant.ts';

/** I2: a checkpoint is stored only when everything before it was acknowledged. */
export class AcknowledgedFirst implements Invariant {
  readonly name = 'I2';
  #open = false;

  take(event: RunEvent): void {
    switch (event.what) {
      // What an earlier life left in doubt is behind its checkpoint, and comes again.
      case 'life begins':
      case 'publish acknowledged':
        this.#open = false;
        break;
      case 'publish begins':
        this.#open = true;
        break;
      case 'checkpoint begins':
        assert.ok(!this.#open, 'a checkpoint is stored, and a publish before it is not acknowledged');
        break;
      default:
    }
  }
}

/** I8, of the bytes that leave at once: every publish is within the limit, unless it is one change alone. */
export class BoundedPublishes implements Invariant {
  readonly name = 'I8';

  take(event: RunEvent): void {
    if (event.what !== 'publish begins') return;
    const { changes, maxBatchBytes } = event;
    // Brackets around, and a comma or a line end behind each.
    const bytes = changes.reduce((sum, change) => sum + change.length + 1, 2);
    assert.ok(
      changes.length <= 1 || bytes <= maxBatchBytes,
      `a publish of ${changes.length} changes has ${bytes} bytes, and ${maxBatchBytes} is the most`,
    );
  }
}

/** I12: after a stop that was asked for nothing is in doubt, and the checkpoint in the store is the last that was made. */
export class CleanStop implements Invariant {
  readonly name = 'I12';
  #inDoubt = false;
  #last: StoredCheckpoint | undefined;

  take(event: RunEvent): void {
    switch (event.what) {
      case 'life begins':
        this.#inDoubt = false;
        this.#last = undefined;
        break;
      case 'publish begins':
        this.#inDoubt = true;
        break;
      case 'publish acknowledged':
        this.#inDoubt = false;
        break;
      case 'checkpoint begins':
        this.#last = event.checkpoint;
        break;
      case 'life ends cleanly': {
        assert.ok(!this.#inDoubt, 'the process was ended in peace, and a publish is in doubt');
        if (this.#last === undefined) return;
        assert.equal(
          JSON.stringify(event.checkpoint),
          JSON.stringify(this.#last),
          'the process was ended in peace, and its last checkpoint is not stored',
        );
        break;
      }
      default:
    }
  }
}
