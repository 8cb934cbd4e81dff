/** A JSON value whose integers beyond 2^53 are `bigint`, so that none is rounded (invariant I11). */
export type ExactValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | ExactValue[]
  | { [key: string]: ExactValue };

/** One row of a query's result. */
export type Row = { readonly [column: string]: ExactValue };

/** What the JSON.parse of ECMAScript 2025's source text access hands a reviver; TypeScript's library lacks it. */
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const exact: Reviver = (_key, value, context) =>
  typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context.source ?? '')
    ? BigInt(context.source ?? '')
    : value;

/** @throws SyntaxError when the text is not JSON */
export function parseExact(text: string): ExactValue {
  return JSON.parse(text, exact as (key: string, value: unknown) => unknown) as ExactValue;
}

/** JSON text in one line; a `bigint` becomes bare digits. */
export function stringifyExact(value: ExactValue): string {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(stringifyExact).join(',')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, member]) => `${JSON.stringify(key)}:${stringifyExact(member)}`)
      .join(',')}}`;
  return JSON.stringify(value);
}

/** The value when it is an object with members, and undefined otherwise. */
export function asObject(value: ExactValue | undefined): { [key: string]: ExactValue } | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}
