import type { Call, TupleCall } from '../context.ts';
import type { Value } from '../value.ts';

/** An aggregate: `compile` where it makes one column, `columns` where it makes several. */
export interface AggregateFunction {
  readonly min: number;
  readonly max: number;
  readonly compile?: (call: Call) => Value;
  readonly columns?: (call: TupleCall) => readonly Value[];
  /** Where the answer may differ from the service's, for the support matrix. */
  readonly note?: string;
}

export type AggregateTable = Readonly<Record<string, AggregateFunction>>;
