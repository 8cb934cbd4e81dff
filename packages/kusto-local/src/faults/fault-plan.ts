import { pattern, type FaultAction, type FaultRule, type RequestKind } from './fault-rule.ts';
import { seededRandom } from './random.ts';

/** What a rule is matched against. */
export interface FaultSubject {
  readonly kind: RequestKind;
  readonly text: string;
  readonly database: string;
}

/** A rule and how it went so far. */
export interface RuleState {
  readonly rule: FaultRule;
  /** Requests that met its kind, text and database. */
  readonly matched: number;
  /** How often it was applied. */
  readonly applied: number;
}

interface Entry {
  readonly rule: FaultRule;
  readonly text: RegExp | undefined;
  matched: number;
  applied: number;
}

/** The faults of an endpoint: rules in their order, of which the first that holds is applied to a request. */
export class FaultPlan {
  #entries: readonly Entry[] = [];
  #random = seededRandom(0);
  #seed = 0;

  /** Replaces the rules; counts begin anew. With the same seed and the same requests the same faults happen. */
  set(rules: readonly FaultRule[], seed = 0): void {
    this.#entries = rules.map((rule) => ({
      rule,
      text: rule.text === undefined ? undefined : pattern(rule.text),
      matched: 0,
      applied: 0,
    }));
    this.#seed = seed;
    this.#random = seededRandom(seed);
  }

  clear(): void {
    this.set([]);
  }

  get seed(): number {
    return this.#seed;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  get rules(): readonly RuleState[] {
    return this.#entries.map(({ rule, matched, applied }) => ({ rule, matched, applied }));
  }

  /** What is to happen to a request. Every rule counts it, also behind the one that is applied. */
  take(subject: FaultSubject): FaultAction | undefined {
    let action: FaultAction | undefined;
    for (const entry of this.#entries) {
      if (!meets(entry, subject)) continue;
      entry.matched += 1;
      if (action !== undefined || !this.#holds(entry)) continue;
      entry.applied += 1;
      action = entry.rule.action;
    }
    return action;
  }

  #holds({ rule: { nth, probability, times }, matched, applied }: Entry): boolean {
    if (times !== undefined && applied >= times) return false;
    if (nth !== undefined && !(typeof nth === 'number' ? [nth] : nth).includes(matched)) return false;
    return probability === undefined || this.#random() < probability;
  }
}

function meets({ rule: { kind, database }, text }: Entry, subject: FaultSubject): boolean {
  return (
    (kind === undefined || kind === subject.kind) &&
    (database === undefined || database === subject.database) &&
    (text === undefined || text.test(subject.text))
  );
}
