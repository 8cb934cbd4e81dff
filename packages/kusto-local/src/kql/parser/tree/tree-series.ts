import type { Column, KustoType, TextSpan } from '../../../types.ts';
import type { Expression, OutputItem } from './tree.ts';

/** One aggregation of `make-series`: it makes an array. */
export interface SeriesAggregate {
  readonly expression: Expression;
  /** The name of the array's column. */
  readonly name: string;
  /** Of the aggregation itself. */
  readonly type: KustoType;
  readonly default: Expression | undefined;
}

export interface MakeSeriesOperator {
  readonly kind: 'make-series';
  readonly by: readonly OutputItem[];
  readonly aggregates: readonly SeriesAggregate[];
  readonly axis: Expression;
  /** A dynamic column: the array of the axis' values. */
  readonly axisColumn: Column;
  readonly from: Expression | undefined;
  readonly to: Expression | undefined;
  readonly step: Expression;
  /** `in range(start, stop, step)`: the stop is part of the series, bins are those of bin(). */
  readonly inRange: boolean;
  /** `kind=nonempty`. */
  readonly nonEmpty: boolean;
  readonly span: TextSpan;
}
