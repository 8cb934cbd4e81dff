/** A number as the text says it: digits, point and exponent are what a wire check is about. */
export class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type ExactJson =
  | null
  | boolean
  | string
  | NumberText
  | readonly ExactJson[]
  | { readonly [key: string]: ExactJson };

/** What JSON.parse hands a reviver since ECMAScript 2025. */
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source?: string }) => unknown;

const keepText: Reviver = (_key, value, context) =>
  typeof value === 'number' ? new NumberText(context.source ?? String(value)) : value;

/** @throws SyntaxError when the text is not JSON */
export function parseExact(text: string): ExactJson {
  return JSON.parse(text, keepText as (key: string, value: unknown) => unknown) as ExactJson;
}

export function isObject(value: unknown): value is { readonly [key: string]: ExactJson } {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberText)
  );
}
