import type { Call, TupleCall } from '../context.ts';
import type { Value } from '../value.ts';

/** An aggregate: `compile` where it makes one column, `columns` where it makes several. */
export interface AggregateFunction {
  readonly min: number;
  readonly max: number;
  readonly compile?: (call: Call) => Value;
  readonly columns?: (call: TupleCall) => readonly Value[];
}

export type AggregateTable = Readonly<Record<string, AggregateFunction>>;
