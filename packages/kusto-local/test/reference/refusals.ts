import { refusedFunctions } from '../../src/kql/sql/functions/refused.ts';

/** Why a part of the language is refused; by name, as in `functions.ts` and `operators.ts`. */
export const refusals: Readonly<Record<string, string>> = Object.fromEntries(refusedFunctions);
