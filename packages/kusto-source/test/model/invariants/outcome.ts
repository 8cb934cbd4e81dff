import assert from 'node:assert/strict';
import type { Difference, Invariant, RunEvent } from './invariant.ts';

/** I1: what a bootstrap sent and what was published, folded, is what the query returns: nothing is missing, and nothing is old. */
export class NoHole implements Invariant {
  readonly name = 'I1';

  take(event: RunEvent): void {
    none(event, (kind) => kind === 'missing' || kind === 'value');
  }
}

/** I13: what is gone from the query is gone from its readers behind the next complete scan. */
export class NoGhost implements Invariant {
  readonly name = 'I13';

  take(event: RunEvent): void {
    none(event, (kind) => kind === 'ghost');
  }
}

/** I5: a delete is published only of what was an element, and only by a detection that sees rows go. */
export class ProvenDeletes implements Invariant {
  readonly name = 'I5';
  readonly #seesDeletes: boolean;
  readonly #live = new Set<string>();

  constructor(seesDeletes: boolean) {
    this.#seesDeletes = seesDeletes;
  }

  take(event: RunEvent): void {
    if (event.what === 'ids may be live') for (const id of event.ids) this.#live.add(id);
    if (event.what === 'element') this.#live.add(event.element.id);
    if (event.what !== 'change' || event.op !== 'd') return;
    const { id } = event.element;
    assert.ok(this.#seesDeletes, `a delete of ${id}, which this detection never sees`);
    assert.ok(this.#live.has(id), `a delete of ${id}, which never was there`);
  }
}

function none(event: RunEvent, counts: (kind: Difference['kind']) => boolean): void {
  if (event.what !== 'reader differs') return;
  const found = event.differences.filter(({ kind }) => counts(kind)).map(({ text }) => text);
  const { reader } = event;
  assert.ok(found.length === 0, `${reader}: ${found.slice(0, 4).join('; ')} (${found.length} differences)`);
}
