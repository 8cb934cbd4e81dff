import { agrees, type KeyEntry } from './key-entry.ts';

interface Note {
  /** How many publishes of the key are not settled yet. */
  readonly open: number;
  /** A bootstrap has sent another state of the key meanwhile: which one a reader ends with is not known. */
  readonly crossed: boolean;
}

/** The keys that are being published, from before the publish to after its acknowledgement. In memory only. */
export class Notes {
  readonly #notes = new Map<string, Note>();

  open(id: string): void {
    const note = this.#notes.get(id);
    this.#notes.set(id, { open: (note?.open ?? 0) + 1, crossed: note?.crossed === true });
  }

  /** A bootstrap hands over `seen` while the index has `stored`. */
  cross(stored: KeyEntry | undefined, seen: KeyEntry): void {
    const note = this.#notes.get(seen.id);
    if (note === undefined || (stored !== undefined && agrees(stored, seen))) return;
    this.#notes.set(seen.id, { open: note.open, crossed: true });
  }

  /** No hash that was known before means anything any more. */
  crossAll(): void {
    for (const [id, { open }] of this.#notes) this.#notes.set(id, { open, crossed: true });
  }

  has(id: string): boolean {
    return this.#notes.has(id);
  }

  /** Ends one publish. True when the readers now hold what it said. */
  settle(id: string): boolean {
    const note = this.#notes.get(id);
    if (note === undefined) return false;
    if (note.open > 1) {
      this.#notes.set(id, { open: note.open - 1, crossed: note.crossed });
      return false;
    }
    this.#notes.delete(id);
    return !note.crossed;
  }
}
