import { addressFunctions } from './addresses.ts';
import { arrayFunctions } from './arrays.ts';
import { bagFunctions } from './bags.ts';
import { conversionFunctions } from './conversions.ts';
import { datetimeFunctions } from './datetimes.ts';
import type { ScalarFunction } from './definition.ts';
import { encodingFunctions } from './encodings.ts';
import { geoFunctions } from './geo.ts';
import { hashFunctions } from './hashes.ts';
import { logicFunctions } from './logic.ts';
import { metadataFunctions } from './metadata.ts';
import { numberTextFunctions } from './number-text.ts';
import { numberFunctions } from './numbers.ts';
import { parserFunctions } from './parsers.ts';
import { recordFunctions } from './records.ts';
import { regexFunctions } from './regexes.ts';
import { sketchFunctions } from './sketches.ts';
import { statisticsFunctions } from './statistics.ts';
import { seriesFunctions } from './series.ts';
import { stringFunctions } from './strings.ts';
import { timeZoneFunctions } from './time-zones.ts';
import { unitFunctions } from './units.ts';
import { windowFunctions } from './windows.ts';

/** Every scalar function that is executed, by name. */
export const functions: ReadonlyMap<string, ScalarFunction> = new Map(
  [
    addressFunctions,
    arrayFunctions,
    bagFunctions,
    conversionFunctions,
    datetimeFunctions,
    encodingFunctions,
    geoFunctions,
    hashFunctions,
    logicFunctions,
    metadataFunctions,
    numberTextFunctions,
    numberFunctions,
    parserFunctions,
    recordFunctions,
    regexFunctions,
    sketchFunctions,
    statisticsFunctions,
    seriesFunctions,
    stringFunctions,
    timeZoneFunctions,
    unitFunctions,
    windowFunctions,
  ].flatMap((table) => Object.entries(table)),
);
