import type { Writable } from 'node:stream';

/** A stream that may be a terminal, as far as it matters here. */
export type TerminalStream = Writable & {
  readonly isTTY?: boolean;
  /** 0 where the terminal does not know. */
  readonly columns?: number;
};

/** Whether colours may be written: on a terminal that has them, unless NO_COLOR (https://no-color.org) is set. */
export function hasColour(
  { isTTY }: Pick<TerminalStream, 'isTTY'>,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTTY === true && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb';
}
