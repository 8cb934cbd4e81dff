import { ErrorCode, FatalSourceError, messageOf } from '../errors.ts';
import { Secret } from './secret.ts';

/** How the value of one property is read from its environment variable. */
export interface Setting<T> {
  /** @throws Error whose message completes "NAME must be …" */
  readonly parse: (text: string) => T;
  /** The value when the variable is not set or empty. Without it the variable is required. */
  readonly fallback?: { readonly value: T };
}

/** The object that settings describe: a name for a name. */
export type SettingValues<S extends { readonly [name: string]: Setting<unknown> }> = {
  readonly [Name in keyof S]: S[Name] extends Setting<infer T> ? T : never;
};

interface Default<T> {
  readonly default?: T;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
}

function made<T>(parse: (text: string) => T, options: Default<T>): Setting<T> {
  return options.default === undefined ? { parse } : { parse, fallback: { value: options.default } };
}

const must = (rule: string): Error => new Error(rule);

function within(value: number, { min = -Infinity, max = Infinity }: Range, kind: string): number {
  if (Number.isFinite(value) && value >= min && value <= max) return value;
  const from = min === -Infinity ? '' : `, ${min} or more`;
  throw must(`${kind}${from}${max === Infinity ? '' : `, ${max} or less`}`);
}

/**
 * Kinds of properties, as the platform brings them: a string as it is, an integer and a boolean as text, a list joined by commas,
 * and what a Secret holds.
 */
export const setting = {
  /** @param options - `pattern`: what it has to match, and `form`: how to say that */
  text(
    options: Default<string> & { readonly pattern?: RegExp; readonly form?: string } = {},
  ): Setting<string> {
    const { pattern, form } = options;
    return made((text) => {
      if (pattern?.test(text) === false) throw must(form ?? `of the form ${pattern.source}`);
      return text;
    }, options);
  },

  integer(options: Default<number> & Range = {}): Setting<number> {
    return made((text) => {
      const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
      return within(Number.isSafeInteger(value) ? value : Number.NaN, options, 'an integer');
    }, options);
  },

  /** Given as text in a Source: the platform refuses numbers with a fraction. */
  number(options: Default<number> & Range = {}): Setting<number> {
    return made((text) => within(Number(text), options, 'a number'), options);
  },

  flag(options: Default<boolean> = {}): Setting<boolean> {
    return made((text) => {
      const lower = text.toLowerCase();
      if (lower !== 'true' && lower !== 'false') throw must('true or false');
      return lower === 'true';
    }, options);
  },

  /** Texts between commas, without the space around them. An element cannot hold a comma. */
  list(options: Default<readonly string[]> = {}): Setting<readonly string[]> {
    return made((text) => {
      const items = text.split(',').map((item) => item.trim());
      if (items.includes('')) throw must('texts between commas, none of them empty');
      return items;
    }, options);
  },

  choice<const T extends string>(values: readonly T[], options: Default<T> = {}): Setting<T> {
    return made((text) => {
      const found = values.find((value) => value === text);
      if (found === undefined) throw must(`one of ${values.join(', ')}`);
      return found;
    }, options);
  },

  /** Structure, which the platform passes on only as one text of JSON. @param check - throws for a value of another shape */
  json<T>(check: (value: unknown) => T, options: Default<T> = {}): Setting<T> {
    return made((text) => {
      let value: unknown;
      try {
        value = JSON.parse(text);
      } catch (error) {
        throw must(`JSON: ${messageOf(error)}`);
      }
      return check(value);
    }, options);
  },

  /** Never repeated in an error. */
  secret(): Setting<Secret> {
    return made((text) => new Secret(text), {});
  },

  /** The same, or undefined when it is not set. */
  optional<T>(inner: Setting<T>): Setting<T | undefined> {
    return { parse: inner.parse, fallback: { value: undefined } };
  },
};

/**
 * Reads a Source's properties from the environment, where the platform puts them under their own names.
 *
 * ```ts
 * const { HOST, PORT } = readSettings(process.env, { HOST: setting.text(), PORT: setting.integer({ default: 80 }) });
 * ```
 * @throws FatalSourceError BAD_CONFIGURATION with everything that is wrong, each by the name of its property
 */
export function readSettings<const S extends { readonly [name: string]: Setting<unknown> }>(
  env: Readonly<Record<string, string | undefined>>,
  settings: S,
): SettingValues<S> {
  const problems: string[] = [];
  const values: Record<string, unknown> = {};
  for (const [name, { parse, fallback }] of Object.entries(settings)) {
    const text = env[name]?.trim() ?? '';
    if (text === '') {
      if (fallback === undefined) problems.push(`${name} is missing`);
      values[name] = fallback?.value;
      continue;
    }
    try {
      values[name] = parse(text);
    } catch (error) {
      problems.push(`${name} must be ${messageOf(error)}`);
    }
  }
  if (problems.length > 0) throw new FatalSourceError(ErrorCode.BadConfiguration, problems.join('; '));
  return values as SettingValues<S>;
}
