import { KustoSourceError } from '../errors.ts';
import { didYouMean } from './nearest.ts';

// What a value may be, wherever it stands: `place` is the property, or the place in ENTITIES, as the message names it.

const intervalBoundsMs = { min: 100, max: 86_400_000 };

export function configurationError(message: string, cause?: unknown): KustoSourceError {
  return new KustoSourceError('CONFIGURATION', message, { cause });
}

export function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** A plain decimal number that is not negative; anything else (exponents, hexadecimal, spaces) is undefined. */
export function decimal(text: string): number | undefined {
  return /^\d{1,15}(\.\d{1,9})?$/.test(text) ? Number(text) : undefined;
}

/** The names of columns between commas, each once. @throws KustoSourceError CONFIGURATION */
export function columnNames(place: string, text: string): readonly string[] {
  return checkColumnNames(
    place,
    text.split(',').map((column) => column.trim()),
  );
}

/** @throws KustoSourceError CONFIGURATION for an empty name, or one that is there twice */
export function checkColumnNames(place: string, columns: readonly string[]): readonly string[] {
  if (columns.length === 0 || columns.some((column) => column === ''))
    throw configurationError(
      `${place} has an empty column name: write one column, or several separated by commas`,
    );
  const repeated = columns.find((column, index) => columns.indexOf(column) !== index);
  if (repeated !== undefined) throw configurationError(`${place} names the column ${repeated} twice`);
  return columns;
}

/** Milliseconds, from a number of units of so many. @throws KustoSourceError CONFIGURATION */
export function intervalMs(place: string, text: string, unit: string, factor: number): number {
  const value = decimal(text);
  const milliseconds = value === undefined ? Number.NaN : value * factor;
  const { min, max } = intervalBoundsMs;
  if (!(milliseconds >= min && milliseconds <= max))
    throw configurationError(
      `${place} is "${shorten(text)}" but must be a number of ${unit} between ${min / factor} and ${max / factor}`,
    );
  return Math.round(milliseconds);
}

/** One of some words, in any case. @throws KustoSourceError CONFIGURATION */
export function oneOf<T extends string>(place: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((known) => known === text.toLowerCase());
  if (choice === undefined)
    throw configurationError(
      `${place} is "${shorten(text)}" but must be ${choices.join(', ')}${didYouMean(text, choices)}`,
    );
  return choice;
}
