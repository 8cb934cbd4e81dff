import type { CrashTally } from './crash-points.ts';
import type { EngineReader } from './engine-reader.ts';
import type { ModelService } from './model-service.ts';

/** What a plan runs in. */
export interface Surroundings {
  /** Of the kind that the plan's profile is for. */
  readonly service: ModelService;
  /** Undefined where the real engine cannot run. */
  readonly engine: EngineReader | undefined;
  /** Where the deaths of processes are counted. */
  readonly tally: CrashTally;
  /** Spoils what is published, to show that this is seen. */
  readonly spoil?: (deliver: Deliver) => Deliver;
}

export type Deliver = (changes: readonly Uint8Array[]) => void;

export interface PlanFigures {
  readonly steps: number;
  /** Bootstraps whose readers were compared. */
  readonly readers: number;
  readonly changes: number;
  /** Whether one of the readers was the real engine. */
  readonly engine: boolean;
}
