import assert from 'node:assert/strict';
import { comparable, idOf } from '../wanted-elements.ts';
import type { ModelEntity } from '../profile.ts';
import { modelKeys } from '../step.ts';
import type { WireElement } from '../wire-log.ts';
import type { Invariant, RunEvent } from './invariant.ts';

/**
 * I3: published order is source order. Publishes come one after the other, and, where rows do not vanish, the changes of
 * an element never get older by the time of their rows.
 */
export class NeverReverts implements Invariant {
  readonly name = 'I3';
  readonly #dated: boolean;
  readonly #newest = new Map<string, bigint>();
  #publishing = 0;

  /** @param dated whether an older row of an element never takes the place of a newer one */
  constructor(dated: boolean) {
    this.#dated = dated;
  }

  take(event: RunEvent, life: number): void {
    switch (event.what) {
      case 'publish begins':
        assert.ok(this.#publishing !== life, 'a publish begins, and the one before it has not ended');
        this.#publishing = life;
        break;
      case 'publish acknowledged':
      case 'publish in doubt':
        this.#publishing = 0;
        break;
      case 'change': {
        // Deletes that a scan finds have the time of the process.
        if (!this.#dated || event.op === 'd') break;
        const { element, timestampNs } = event;
        const newest = this.#newest.get(element.id) ?? 0n;
        this.#newest.set(element.id, timestampNs);
        assert.ok(timestampNs >= newest, `${element.id} goes back from ${newest} to ${timestampNs} (ts_ns)`);
        break;
      }
      default:
    }
  }
}

/** I4: an element has one id, that of its key, in bootstraps and in the feed, and no two keys have one. */
export class OneId implements Invariant {
  readonly name = 'I4';
  readonly #entities: readonly ModelEntity[];
  readonly #keys = new Map<string, string>();

  constructor(entities: readonly ModelEntity[]) {
    this.#entities = entities;
  }

  take(event: RunEvent): void {
    const element = elementOf(event);
    if (element === undefined) return;
    const { id, labels, properties } = element;
    const entity = this.#entities.find(({ label }) => labels.includes(label));
    assert.ok(entity !== undefined, `${id} has the label ${labels.join(', ')}, which the source has not`);
    const key = entity.key.map((column) => comparable(properties[column])).join(', ');
    const known = this.#keys.get(id) ?? key;
    assert.equal(key, known, `two keys have the id ${id}`);
    this.#keys.set(id, key);
    assert.equal(id, idOf(entity, rowOf(element, entity)), `an element with the key ${key} has another id`);
  }
}

/** I11: 64-bit integers and texts of keys are those of the rows, to the digit. */
export class ExactKeys implements Invariant {
  readonly name = 'I11';
  static readonly #known = new Set(modelKeys.map(([k1, k2]) => `${k2} ${k1}`));

  take(event: RunEvent): void {
    if (event.what === 'reader differs') {
      const found = event.differences.filter(({ kind }) => kind === 'digits');
      assert.ok(found.length === 0, `${event.reader}: ${found.map(({ text }) => text).join('; ')}`);
      return;
    }
    const { k1, k2 } = elementOf(event)?.properties ?? {};
    if (typeof k1 !== 'string' || k2 === undefined) return;
    const text = `${comparable(k2)} ${k1}`;
    const isBulk = /^(\d+) bulk \1$/.test(text);
    assert.ok(isBulk || ExactKeys.#known.has(text), `no row has the key ${text}`);
  }
}

/** With what it is now; of a delete there is only the id. */
function elementOf(event: RunEvent): WireElement | undefined {
  if (event.what === 'element' || (event.what === 'change' && event.op === 'u')) return event.element;
  return undefined;
}

function rowOf({ properties }: WireElement, { key, ends }: ModelEntity): Parameters<typeof idOf>[1] {
  const columns = [...key, ...(ends === undefined ? [] : [...ends.start.key, ...ends.end.key])];
  return Object.fromEntries(
    columns.map((column) => {
      const value = properties[column];
      return [
        column,
        typeof value === 'number'
          ? BigInt(value)
          : typeof value === 'string' || typeof value === 'bigint'
            ? value
            : null,
      ];
    }),
  );
}
