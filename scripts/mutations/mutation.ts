/** A test that holds a protection. */
export interface NamedTest {
  /** Below `packages/`. */
  readonly file: string;
  /** A part of the test's title, or of its suite's. */
  readonly title: string;
}

/** The removal of one protection. */
export interface Mutation {
  /** What goes wrong with it, as a person would say it. */
  readonly name: string;
  /** The invariant or rule of SPEC.md that it breaks; `security` for those of SECURITY.md, `health` for what probes see. */
  readonly breaks: string;
  /** Below `packages/`. */
  readonly file: string;
  /** Text that the file has exactly once. */
  readonly find: string;
  readonly replace: string;
  /** At least one of them must fail; the likeliest first. */
  readonly caughtBy: readonly NamedTest[];
}

export const test = (file: string, title: string): NamedTest => ({ file, title });

/**
 * The text of the file without its protection.
 * @throws Error when the text to be replaced is not there exactly once: the mutation has to follow the code
 */
export function mutated(source: string, { name, file, find, replace }: Mutation): string {
  const at = source.indexOf(find);
  if (at < 0)
    throw new Error(`"${name}": packages/${file} has not the text ${JSON.stringify(find)} any more`);
  if (source.includes(find, at + 1))
    throw new Error(`"${name}": packages/${file} has the text ${JSON.stringify(find)} more than once`);
  return source.slice(0, at) + replace + source.slice(at + find.length);
}
