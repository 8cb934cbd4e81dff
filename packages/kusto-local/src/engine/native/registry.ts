import type { NativeFunction } from '../native-functions.ts';
import { hashNatives } from './hashes.ts';
import { textFunctions } from './text-registry.ts';

/** Every function in JavaScript that compiled SQL may call. */
export const nativeFunctions: readonly NativeFunction[] = [...hashNatives, ...textFunctions];
