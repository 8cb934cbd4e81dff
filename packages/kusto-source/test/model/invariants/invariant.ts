import type { KustoRequest } from '../kusto-request.ts';
import type { WireElement } from '../wire-log.ts';

/** The checkpoint of a source, as it is stored, as far as invariants speak of it. */
export interface StoredCheckpoint {
  readonly entities: Readonly<Record<string, { readonly cursor: string; readonly scannedAt?: number }>>;
}

/** Something that happened in a run of a plan and that can be seen from outside of the process. */
export type RunEvent =
  | { readonly what: 'life begins' }
  /** A stop that was asked for came to its end, with this checkpoint in the store. */
  | { readonly what: 'life ends cleanly'; readonly checkpoint: StoredCheckpoint | undefined }
  | {
      readonly what: 'publish begins';
      readonly changes: readonly Uint8Array[];
      readonly maxBatchBytes: number;
    }
  | { readonly what: 'publish acknowledged' }
  /** It was answered with an error: whether it was delivered is not known. */
  | { readonly what: 'publish in doubt' }
  /** The record of the source is to be written with another checkpoint than before. */
  | { readonly what: 'checkpoint begins'; readonly checkpoint: StoredCheckpoint }
  /** The write was answered; it may have been done also when that was an error. */
  | { readonly what: 'checkpoint ends' }
  | { readonly what: 'request begins'; readonly request: KustoRequest }
  /** @remarks whole: the answer came to its end, which said that there was no error */
  | { readonly what: 'request ends'; readonly request: KustoRequest; readonly whole: boolean }
  /** These ids are, or were, elements of the query. */
  | { readonly what: 'ids may be live'; readonly ids: Iterable<string> }
  /** On the topic; `ts_ns` is the time of the change at its source. */
  | {
      readonly what: 'change';
      readonly op: 'u' | 'd';
      readonly element: WireElement;
      readonly timestampNs: bigint;
    }
  /** In a bootstrap. */
  | { readonly what: 'element'; readonly element: WireElement }
  /** All is over: what a reader holds differs from the query's result in this. */
  | { readonly what: 'reader differs'; readonly reader: string; readonly differences: readonly Difference[] };

export interface Difference {
  /** `digits`: the same number with other digits. */
  readonly kind: 'missing' | 'ghost' | 'value' | 'digits';
  readonly text: string;
}

/** Judges one invariant of SPEC.md by the events of a run, in their order. */
export interface Invariant {
  readonly name: string;
  /**
   * @param life of the process: 1 for its first one
   * @throws Error that says what is wrong
   */
  take(event: RunEvent, life: number): void;
}

/** All invariants of a run. What breaks is kept, since the source would take an error thrown at it for one of its neighbours. */
export class Invariants {
  /** The first that was broken, by its name. */
  broken: Error | undefined;
  readonly #all: readonly Invariant[];

  constructor(all: readonly Invariant[]) {
    this.#all = all;
  }

  get names(): readonly string[] {
    return this.#all.map(({ name }) => name);
  }

  /** One of them alone, before anything happened. */
  of(name: string): Invariants {
    return new Invariants(this.#all.filter((invariant) => invariant.name === name));
  }

  take(event: RunEvent, life: number): void {
    for (const invariant of this.#all)
      try {
        invariant.take(event, life);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        this.broken ??= new Error(`${invariant.name}: ${message}`, { cause: error });
      }
  }
}
