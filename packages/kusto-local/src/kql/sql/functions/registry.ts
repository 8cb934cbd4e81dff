import type { ScalarFunction } from './definition.ts';
import { recordFunctions } from './records.ts';

export const functions: ReadonlyMap<string, ScalarFunction> = new Map(
  [recordFunctions].flatMap((table) => Object.entries(table)),
);
