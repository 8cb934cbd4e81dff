import { basicAggregates } from './basic.ts';
import { collectionAggregates } from './collections.ts';
import type { AggregateFunction } from './definition.ts';
import { extremeAggregates } from './extremes.ts';
import { percentileAggregates } from './percentiles.ts';
import { sketchAggregates } from './sketches.ts';
import { spreadAggregates } from './spread.ts';

/** Every aggregate that is executed, by name. */
export const aggregates: ReadonlyMap<string, AggregateFunction> = new Map(
  [
    basicAggregates,
    collectionAggregates,
    extremeAggregates,
    percentileAggregates,
    sketchAggregates,
    spreadAggregates,
  ].flatMap((table) => Object.entries(table)),
);
