/** Values of request properties: JSON as a client sends it, or what a `set` statement gives. */
import { parseDatetime, parseTimespan } from '../engine/values/times.ts';
import { badRequest } from '../service-errors.ts';
import { jsonText, parseJsonExact } from '../formats/json-values.ts';

export type RawOptions = Readonly<Record<string, unknown>>;

/** Properties are written in lower case: another spelling must not go unheard. */
export function lowerCaseNames(options: RawOptions): RawOptions {
  return Object.fromEntries(Object.entries(options).map(([name, value]) => [name.toLowerCase(), value]));
}

/** Whether a value was given at all. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** A bool; clients send it as a text, too. Not given is false. @throws KustoServiceError */
export function readFlag(options: RawOptions, name: string): boolean {
  const value = options[name];
  if (!isGiven(value)) return false;
  const text = typeof value === 'string' ? value.trim().toLowerCase() : value;
  if (text === true || text === 'true' || text === '1' || text === 1) return true;
  if (text === false || text === 'false' || text === '0' || text === 0) return false;
  throw badRequest(`The request property ${name} is true or false.`);
}

/** A whole number from 0, as a number or its digits. @throws KustoServiceError */
export function readCount(options: RawOptions, name: string): number | undefined {
  const value = options[name];
  if (!isGiven(value)) return undefined;
  const text = typeof value === 'string' ? value.trim().replace(/^long\((.*)\)$/, '$1') : jsonText(value);
  if (text !== undefined && /^\d{1,19}$/.test(text)) return Number(text);
  throw badRequest(`The request property ${name} is a whole number, not below zero.`);
}

/** @throws KustoServiceError */
export function readText(options: RawOptions, name: string): string | undefined {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return value;
  const text = jsonText(value);
  if (text !== undefined && /^\d+$/.test(text)) return text;
  throw badRequest(`The request property ${name} is a string.`);
}

/** One of some words, in any case. @throws KustoServiceError */
export function readWord<T extends string>(
  options: RawOptions,
  name: string,
  words: readonly T[],
): T | undefined {
  const value = options[name];
  if (!isGiven(value)) return undefined;
  const found = words.find((word) => typeof value === 'string' && word === value.trim().toLowerCase());
  if (found !== undefined) return found;
  throw badRequest(`The request property ${name} is one of: ${words.join(', ')}.`);
}

/** Ticks of a datetime, as ISO text or as `datetime(…)`. @throws KustoServiceError */
export function readDatetime(options: RawOptions, name: string): bigint | undefined {
  const value = options[name];
  if (!isGiven(value)) return undefined;
  const text = typeof value === 'string' ? value.replace(/^\s*datetime\((.*)\)\s*$/, '$1') : '';
  const ticks = parseDatetime(text);
  if (ticks !== null) return ticks;
  throw badRequest(`The request property ${name} is a datetime, for example "2026-01-31T12:00:00Z".`);
}

/** Ticks of a timespan above zero, as `hh:mm:ss` or as `time(…)`. @throws KustoServiceError */
export function readTimespan(options: RawOptions, name: string): bigint | undefined {
  const value = options[name];
  if (value === undefined || value === null) return undefined;
  const text =
    typeof value === 'string' ? value.replace(/^\s*(?:time|timespan)\((.*)\)\s*$/, '$1') : undefined;
  const ticks = text === undefined ? null : parseTimespan(text);
  if (ticks !== null && ticks > 0n) return ticks;
  throw badRequest(`The request property ${name} is a timespan above zero, for example "00:04:00".`);
}

/** A list of strings: an array, its JSON text, or `dynamic([…])`. @throws KustoServiceError */
export function readTexts(options: RawOptions, name: string): readonly string[] | undefined {
  let value = options[name];
  if (!isGiven(value)) return undefined;
  if (typeof value === 'string') {
    try {
      value = parseJsonExact(value.replace(/^\s*dynamic\((.*)\)\s*$/s, '$1'));
    } catch {
      value = undefined;
    }
  }
  if (Array.isArray(value) && value.every((one): one is string => typeof one === 'string')) return value;
  throw badRequest(`The request property ${name} is an array of strings.`);
}
