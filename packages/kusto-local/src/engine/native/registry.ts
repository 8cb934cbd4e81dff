import type { NativeFunction } from '../native-functions.ts';
import { decimalNatives } from './decimals.ts';
import { hashNatives } from './hashes.ts';
import { specialNatives } from './special-natives.ts';
import { textFunctions } from './text-registry.ts';

/** Every function in JavaScript that compiled SQL may call. */
export const nativeFunctions: readonly NativeFunction[] = [
  ...decimalNatives,
  ...hashNatives,
  ...specialNatives,
  ...textFunctions,
];
