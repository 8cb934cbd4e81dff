import { basicAggregates } from './basic.ts';
import type { AggregateFunction } from './definition.ts';
import { extremeAggregates } from './extremes.ts';

export const aggregates: ReadonlyMap<string, AggregateFunction> = new Map(
  [basicAggregates, extremeAggregates].flatMap((table) => Object.entries(table)),
);
