import assert from 'node:assert/strict';
import type { Invariant, RunEvent, StoredCheckpoint } from './invariant.ts';
import { isOfFeed } from './reading.ts';

/**
 * I2: a checkpoint is stored only when everything before it was acknowledged. What is published behind a checkpoint was read behind it, too:
 * else it is the checkpoint that came too early.
 */
export class AcknowledgedFirst implements Invariant {
  readonly name = 'I2';
  #open = false;
  /** Something was read since the last checkpoint of this life. */
  #isRead = true;

  take(event: RunEvent): void {
    switch (event.what) {
      // What an earlier life left in doubt is behind its checkpoint, and comes again.
      case 'life begins':
        this.#open = false;
        this.#isRead = true;
        break;
      case 'publish acknowledged':
        this.#open = false;
        break;
      case 'request ends':
        if (isOfFeed(event.request)) this.#isRead = true;
        break;
      case 'publish begins':
        this.#open = true;
        assert.ok(
          this.#isRead,
          'a checkpoint is stored, and then a publish of what was read before it begins',
        );
        break;
      case 'checkpoint begins':
        this.#isRead = false;
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
