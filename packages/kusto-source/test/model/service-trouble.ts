import type { FaultAction, FaultRule } from 'kusto-local';
import type { Trouble } from './step.ts';

const actions: Readonly<Record<Trouble, FaultAction>> = {
  throttled: { status: 429, retryAfterSeconds: 1 },
  unavailable: { status: 503 },
  cut: { cutAfterBytes: 200 },
  'error at the end': { hasErrors: true },
  'error between': { errorAfterRows: 1 },
  'no completion': { missingCompletion: true },
};

/** A third of the answers to queries and commands fail in this way; ingestions are not meant. */
export function troubleRules(kind: Trouble): readonly FaultRule[] {
  const kinds = ['query', 'command'] as const;
  return kinds.map((of) => ({ name: kind, kind: of, probability: 0.33, action: actions[kind] }));
}

/** The next query for rows of a bootstrap takes so long, milliseconds; windows of the feed are not meant. */
export function slowBootstrapRule(delayMs: number): FaultRule {
  return {
    name: 'slow bootstrap',
    kind: 'query',
    text: '^(?!.*cursor_after).*cursor_before_or_at',
    times: 1,
    action: { delayMs },
  };
}
