import assert from 'node:assert/strict';

interface Change {
  readonly op: string;
  readonly payload: {
    readonly source: { readonly lsn: number };
    readonly after?: { readonly id: string; readonly properties: Readonly<Record<string, unknown>> };
    readonly before?: { readonly id: string };
  };
}

/** Properties by id. */
export type Elements = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** What a continuous query holds after all that was published. Nothing of it grows with the changes. */
export class Folded {
  readonly elements = new Map<string, Readonly<Record<string, unknown>>>();
  changes = 0;
  deletes = 0;
  /** The first rule that was broken: deliveries happen inside the source, which would try again after an error thrown there. */
  broken: Error | undefined;
  #lsn = 0;

  take(changes: readonly Uint8Array[]): void {
    for (const bytes of changes) {
      const { op, payload } = JSON.parse(Buffer.from(bytes).toString()) as Change;
      this.changes += 1;
      if (payload.source.lsn <= this.#lsn)
        this.broken ??= new Error(`lsn ${payload.source.lsn} after ${this.#lsn} (R12)`);
      this.#lsn = payload.source.lsn;
      if (payload.after !== undefined && op === 'u')
        this.elements.set(payload.after.id, payload.after.properties);
      else if (payload.before !== undefined && op === 'd') {
        this.elements.delete(payload.before.id);
        this.deletes += 1;
      } else this.broken ??= new Error(`a change of kind ${op}`);
    }
  }

  /** What is missing, too many, or has other properties, in words. */
  differences(wanted: Elements): readonly string[] {
    const wrong: string[] = [];
    for (const [id, properties] of wanted) {
      const [mine, theirs] = [JSON.stringify(this.elements.get(id)), JSON.stringify(properties)];
      if (mine !== theirs) wrong.push(`${id} is ${mine}, and should be ${theirs}`);
    }
    for (const id of this.elements.keys()) if (!wanted.has(id)) wrong.push(`${id} is a ghost`);
    return wrong;
  }

  /** @throws Error for the first rule that was broken; AssertionError where there are differences */
  assertHolds(wanted: Elements): void {
    if (this.broken !== undefined) throw this.broken;
    const wrong = this.differences(wanted);
    assert.ok(wrong.length === 0, `${wrong.length} differences: ${wrong.slice(0, 5).join('; ')}`);
  }
}
