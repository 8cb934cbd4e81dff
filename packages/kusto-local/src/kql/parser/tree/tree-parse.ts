import type { Column, TextSpan } from '../../../types.ts';
import type { Expression } from './tree.ts';

/** One element of the pattern of `parse`. */
export type ParsePart =
  | { readonly kind: 'star'; readonly span: TextSpan }
  | { readonly kind: 'text'; readonly text: string; readonly span: TextSpan }
  | { readonly kind: 'column'; readonly column: Column; readonly span: TextSpan };

/** `parse` and `parse-where`. */
export interface ParseOperator {
  readonly kind: 'parse';
  readonly name: 'parse' | 'parse-where';
  readonly mode: 'regex' | 'relaxed' | 'simple';
  /** Of regex mode: some of `i`, `m`, `s`, `U`. */
  readonly flags: string;
  readonly expression: Expression;
  readonly pattern: readonly ParsePart[];
  readonly columns: readonly Column[];
  readonly span: TextSpan;
}

/** `parse-kv`. */
export interface ParseKvOperator {
  readonly kind: 'parse-kv';
  readonly expression: Expression;
  readonly keys: readonly Column[];
  /** Two groups: the key and the value. */
  readonly regex: string | undefined;
  readonly delimiters: { readonly pair: string; readonly keyValue: string } | undefined;
  readonly quotes: readonly (readonly [string, string])[];
  readonly escapes: readonly string[];
  readonly greedy: boolean;
  readonly columns: readonly Column[];
  readonly span: TextSpan;
}
