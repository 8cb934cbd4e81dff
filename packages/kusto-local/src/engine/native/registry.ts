import type { NativeFunction } from './native-functions.ts';
import { collectedNatives } from './dynamic/collected.ts';
import { counterNatives } from './sketches/counters.ts';
import { datetimeNatives } from './times/datetimes.ts';
import { decimalNatives } from './numbers/decimals.ts';
import { digestNatives } from './sketches/digests.ts';
import { hashNatives } from './hashes/hashes.ts';
import { keyValueNatives } from './texts/key-values.ts';
import { sessionNatives } from './times/row-sessions.ts';
import { specialNatives } from './numbers/special-natives.ts';
import { textFunctions } from './text-registry.ts';
import { unitNatives } from './numbers/units.ts';

/** Every function in JavaScript that compiled SQL may call. */
export const nativeFunctions: readonly NativeFunction[] = [
  ...collectedNatives,
  ...counterNatives,
  ...datetimeNatives,
  ...decimalNatives,
  ...digestNatives,
  ...hashNatives,
  ...keyValueNatives,
  ...sessionNatives,
  ...specialNatives,
  ...textFunctions,
  ...unitNatives,
];
