import type { CrashPoint } from './crash-points.ts';
import type { StoreTrouble } from './store-trouble.ts';

/** What happens in a plan. A plan is JSON: it is stored with the failures, and run again from there. */

export const states = ['open', 'closed', 'hidden', 'deleted'] as const;
export type RowState = (typeof states)[number];

/** A row of the table: the other columns follow from these (`model-table.ts`). */
export interface ModelRow {
  /** The ordinal of one of {@link modelKeys}. */
  readonly key: number;
  readonly v: number;
  /** The version column. */
  readonly n: number;
  readonly state: RowState;
}

/** A change of the table. Those that take many rows take the ones whose `v % 3` is `rest`. */
export type DataStep =
  | { readonly do: 'ingest' | 'stream' | 'ingestOld' | 'move'; readonly rows: readonly ModelRow[] }
  /** Rows that have their ingestion time, and come with the next `move`. */
  | { readonly do: 'stage'; readonly rows: readonly ModelRow[] }
  /** The service's clock goes on. */
  | { readonly do: 'later'; readonly minutes: number }
  | { readonly do: 'bulk'; readonly count: number; readonly from: number }
  | { readonly do: 'rewrite' | 'update'; readonly key: number; readonly v: number }
  | { readonly do: 'softDelete' | 'purge'; readonly key: number }
  | { readonly do: 'deleteSome' | 'replace'; readonly rest: number }
  | { readonly do: 'dropExtent'; readonly which: number }
  /** Another table takes the name, with these rows. */
  | { readonly do: 'recreate'; readonly by: 'drop' | 'rename'; readonly rows: readonly ModelRow[] }
  /** The ingestion-time policy is switched off, and rows come. */
  | { readonly do: 'policyOff'; readonly rows: readonly ModelRow[] }
  /** Of the columns beside the model's own. A retyped one is dropped, and another takes its name. */
  | { readonly do: 'dropColumn' | 'retype'; readonly which: number }
  | { readonly do: 'addColumn' }
  | { readonly do: 'retain' | 'clear' }
  | { readonly do: 'lag'; readonly on: boolean };

export type Trouble =
  | 'throttled'
  | 'unavailable'
  | 'cut'
  | 'error at the end'
  | 'error between'
  | 'no completion';

export type FeedStep =
  /** The clock goes on a little, and nothing is waited for. */
  | { readonly do: 'ticks'; readonly count: number }
  /** Until the feed has everything. */
  | { readonly do: 'catchUp' }
  /** Until a scan that begins from here is complete; nothing where there are none. */
  | { readonly do: 'scan' }
  /** The process dies when it comes to this point for the n-th time from here; or now, whatever it is doing. */
  | { readonly do: 'crash'; readonly at: CrashPoint; readonly nth: number }
  | { readonly do: 'kill' }
  | { readonly do: 'restart' }
  /** Publishes or writes of the state that fail, and may have been done all the same. */
  | { readonly do: 'flaky'; readonly operations: number; readonly seed: number }
  /** What Kusto answers, until `calm`. */
  | { readonly do: 'trouble'; readonly kind: Trouble; readonly seed: number }
  /** What the state store does wrong, until `calm` or until the feed ends of it. */
  | { readonly do: 'store'; readonly trouble: StoreTrouble; readonly seed: number }
  | { readonly do: 'calm' }
  /** The broker delivers so many of the next publishes a second time, each before the next one. */
  | { readonly do: 'redeliver'; readonly publishes: number }
  | {
      readonly do: 'bootstrap';
      /** `engine` is the real one, where there is one. */
      readonly by: 'reader' | 'engine';
      /** Milliseconds (of the real clock) that Kusto takes for the first query for rows. */
      readonly delayMs: number;
      /** It leaves after so many elements. */
      readonly leaveAfter?: number;
    };

export type Step = DataStep | FeedStep;

const feedKinds: ReadonlySet<string> = new Set([
  'ticks',
  'catchUp',
  'scan',
  'crash',
  'kill',
  'restart',
  'flaky',
  'trouble',
  'store',
  'redeliver',
  'calm',
  'bootstrap',
] satisfies FeedStep['do'][]);

/** Whether it happens to the source, and not to its table. */
export function isFeedStep(step: Step): step is FeedStep {
  return feedKinds.has(step.do);
}

export interface Plan {
  readonly profile: string;
  readonly seed: number;
  /** How many steps were asked for when the seed made it: the same seed and length make the same plan. */
  readonly length: number;
  /** Where the feed begins when there is no checkpoint. */
  readonly from: 'beginning' | 'now';
  readonly steps: readonly Step[];
}

/** Keys of two columns, a string and a long: what ids have to encode, and what must stay apart. */
export const modelKeys: readonly (readonly [k1: string, k2: bigint | null])[] = [
  ['a', 1n],
  ['A', 1n],
  ['a', 2n],
  ['a:b', 2n],
  ['a,b', 2n],
  ['a%2Cb', 2n],
  ['', 0n],
  [' ', -1n],
  ['', null],
  ['%00', null],
  ['null', null],
  ['ключ 東京', 9_007_199_254_740_993n],
  ['😀 "quoted"', 5n],
  ["it's \\ so", -9_223_372_036_854_775_807n],
];
