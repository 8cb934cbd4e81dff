import type { Feed } from './feed.ts';

/** What windows are read with. */
export interface WindowSource extends Feed {
  readonly signal: AbortSignal;
}
