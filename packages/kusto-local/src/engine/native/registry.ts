import type { NativeFunction } from '../native-functions.ts';
import { collectedNatives } from './collected.ts';
import { counterNatives } from './counters.ts';
import { datetimeNatives } from './datetimes.ts';
import { decimalNatives } from './decimals.ts';
import { digestNatives } from './digests.ts';
import { hashNatives } from './hashes.ts';
import { keyValueNatives } from './key-values.ts';
import { sessionNatives } from './row-sessions.ts';
import { specialNatives } from './special-natives.ts';
import { textFunctions } from './text-registry.ts';
import { unitNatives } from './units.ts';

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
