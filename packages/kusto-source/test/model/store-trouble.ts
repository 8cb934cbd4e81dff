import type { StoreTroubles } from '../hours/troubled-store.ts';

export type StoreTrouble = keyof StoreTroubles;

/** How likely an operation meets each trouble, and the errors by which the feed may end then: what it cannot rely on, it must not go by. */
const kinds: Readonly<Record<StoreTrouble, { readonly chance: number; readonly ends: readonly string[] }>> = {
  refused: { chance: 0.2, ends: [] },
  unanswered: { chance: 0.2, ends: [] },
  // Two may publish.
  conflict: { chance: 0.2, ends: ['ANOTHER_REACTIVATOR'] },
  stale: { chance: 0.3, ends: ['ANOTHER_REACTIVATOR'] },
  partial: { chance: 0.3, ends: ['STATE_CORRUPT'] },
};

export const storeTroubles = Object.keys(kinds) as readonly StoreTrouble[];

export const troublesOf = (kind: StoreTrouble): StoreTroubles => ({ [kind]: kinds[kind].chance });

/** Whether a feed may end by this error when its store has had these troubles. */
export function mayEndBy(suffered: ReadonlySet<StoreTrouble>, error: Error): boolean {
  if (!('code' in error)) return false;
  const code = String(error.code);
  return [...suffered].some((trouble) => kinds[trouble].ends.includes(code));
}
