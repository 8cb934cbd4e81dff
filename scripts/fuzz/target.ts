/** What is fuzzed. */
export interface Target {
  readonly name: string;
  /** Inputs that are right, or nearly. Not empty. */
  readonly corpus: readonly Uint8Array[];
  /** Words that mean something in an input. */
  readonly tokens: readonly string[];
  /** URLs of the files whose blocks are to be reached. */
  readonly files: RegExp;
  /** How long one input may take, milliseconds. */
  readonly limitMs: number;
  open(): Promise<OpenTarget>;
}

export interface OpenTarget {
  /** Resolves when everything is as it must be, whatever the input is. Throws a finding. */
  run(input: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/** For an error that is no finding: one of the documented kinds. Throws any other. */
export function documented(error: unknown, kinds: readonly (abstract new (...args: never) => Error)[]): void {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (kinds.some((kind) => error instanceof kind) && typeof code === 'string' && message !== '') return;
  throw new Error('an error that is not of a documented kind', { cause: error });
}

export const bytes = (text: string): Uint8Array => Buffer.from(text);

/** Tokens without spaces. */
export const words = (text: string): readonly string[] => text.split(' ');
