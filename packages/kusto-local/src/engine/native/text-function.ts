/**
 * A function computed in JavaScript over texts: what SQL cannot do well. Arguments and result are never NULL: a dynamic or a
 * number is JSON text, with `null` for Kusto's null, and a string is itself.
 */
export type NativeCompute = (...args: string[]) => string;

export interface NativeText {
  readonly parameters: number;
  readonly compute: NativeCompute;
}

/** An argument whose meaning is not known: the query fails rather than give a wrong answer. */
export class NativeError extends Error {
  override readonly name = 'NativeError';
}

/** By the name the function has in SQL, without its prefix. */
export type NativeTable = Readonly<Record<string, NativeText>>;

export function native(parameters: number, compute: NativeCompute): NativeText {
  return { parameters, compute };
}
