import { conversionFunctions } from './conversions.ts';
import { datetimeFunctions } from './datetimes.ts';
import type { ScalarFunction } from './definition.ts';
import { dynamicFunctions } from './dynamics.ts';
import { hashFunctions } from './hashes.ts';
import { logicFunctions } from './logic.ts';
import { numberFunctions } from './numbers.ts';
import { recordFunctions } from './records.ts';
import { stringFunctions } from './strings.ts';
import { windowFunctions } from './windows.ts';

/** Every scalar function that is executed, by name. */
export const functions: ReadonlyMap<string, ScalarFunction> = new Map(
  [
    conversionFunctions,
    datetimeFunctions,
    dynamicFunctions,
    hashFunctions,
    logicFunctions,
    numberFunctions,
    recordFunctions,
    stringFunctions,
    windowFunctions,
  ].flatMap((table) => Object.entries(table)),
);
