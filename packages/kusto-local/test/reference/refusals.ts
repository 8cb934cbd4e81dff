/** Why a part of the language is refused; by name, as in `functions.ts` and `operators.ts`. */
export const refusals: Readonly<Record<string, string>> = {};
