import { HandOverJournal, type HandOverJournalOptions } from './hand-over-journal.ts';
import type { KeyEntry } from './key-entry.ts';
import type { SentKeys } from './sent-keys.ts';

/** One entity's journal, which is opened anew for each run of the monitor while bootstraps hand over. */
export class ReopenedJournal {
  readonly #options: HandOverJournalOptions;
  #journal: Promise<HandOverJournal> | undefined;
  readonly #appending = new Set<Promise<void>>();

  constructor(options: HandOverJournalOptions) {
    this.#options = options;
  }

  /** See {@link HandOverJournal.append}. */
  append(sessionId: string, bucketCount: number, entries: readonly KeyEntry[]): Promise<void> {
    return this.#use((journal) => journal.append(sessionId, bucketCount, entries));
  }

  /** See {@link HandOverJournal.appendEnd}. */
  appendEnd(sessionId: string, sent: SentKeys): Promise<void> {
    return this.#use((journal) => journal.appendEnd(sessionId, sent));
  }

  async #use(append: (journal: HandOverJournal) => Promise<void>): Promise<void> {
    // Taken and noted in one step: who opens it anew waits for all that use the old one.
    const journal = this.#journal ?? this.#open(Promise.resolve());
    const appending = journal.then(append);
    this.#appending.add(appending);
    try {
      await appending;
    } finally {
      this.#appending.delete(appending);
    }
  }

  /** A fresh one: what failed in the old one may have been stored all the same. Appends that come meanwhile wait for it. */
  reopen(): Promise<HandOverJournal> {
    return this.#open(this.idle());
  }

  /** Resolves when no append is under way. */
  async idle(): Promise<void> {
    await Promise.allSettled([...this.#appending, this.#journal]);
  }

  #open(ready: Promise<void>): Promise<HandOverJournal> {
    const opening = ready.then(() => HandOverJournal.open(this.#options));
    this.#journal = opening;
    opening.catch(() => {
      if (this.#journal === opening) this.#journal = undefined;
    });
    return opening;
  }
}
