/**
 * JSON text that Drasi reads as exactly the value meant: ASCII only, 64-bit integers in full, floats never as integers.
 * Drasi parses with serde_json, hence three rules that JSON.stringify does not keep: `5` and `5.0` are different types,
 * a lone surrogate escape is an error, and more than 128 levels of nesting are an error.
 */
import { Float } from '../elements.ts';
import type { PropertyValue } from '../elements.ts';
import { ErrorCode, FatalSourceError } from '../errors.ts';

/** Levels below `properties`. serde_json stops at 128, and a change wraps its properties in a few of its own. */
export const MAX_DEPTH = 100;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const TWO_TO_63 = 2 ** 63;

// Printable ASCII without the quote and the backslash: the usual string, copied as it is.
const PLAIN = /^[ !#-[\]-~]*$/;
// What JSON.stringify leaves as it is although it is not printable ASCII.
// oxlint-disable-next-line no-control-regex
const NOT_ASCII = /[\u007f-\uffff]/g;

const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** A JSON string in ASCII. A lone surrogate, which no JSON parser of Drasi accepts, becomes U+FFFD. */
export function stringText(value: string): string {
  if (PLAIN.test(value)) return `"${value}"`;
  return JSON.stringify(value.toWellFormed()).replace(NOT_ASCII, escapeUnit);
}

/** Floating point: always a decimal point or an exponent. NaN and the infinities, which JSON lacks, are `null`. */
export function floatText(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  if (Object.is(value, -0)) return '-0.0';
  const text = String(value);
  // Below 1e21 an integral number prints as bare digits.
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}

function numberText(value: number): string {
  if (Number.isSafeInteger(value)) return value === 0 ? '0' : String(value);
  // String(2 ** 60) prints rounded digits, which as an integer is another number.
  if (Number.isInteger(value) && Math.abs(value) < TWO_TO_63) return BigInt(value).toString();
  return floatText(value);
}

const refuse = (path: string, what: string): never => {
  throw new FatalSourceError(ErrorCode.BadElement, `${path} ${what}`);
};

/**
 * The JSON text of a property's value.
 * @param path where the value is, for the message
 * @throws FatalSourceError BAD_ELEMENT for what cannot be written truthfully
 */
export function valueText(value: PropertyValue, path: string, depth = 0): string {
  switch (typeof value) {
    case 'string':
      return stringText(value);
    case 'number':
      return numberText(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      if (value < INT64_MIN || value > INT64_MAX)
        refuse(
          path,
          `is ${value}, outside the 64-bit integers Drasi holds exactly: send it as a string or a Float`,
        );
      return value.toString();
    case 'object':
      return value === null ? 'null' : objectText(value, path, depth);
    default:
      return refuse(
        path,
        `is of type ${typeof value}, which JSON does not have: send null, or leave the property out`,
      );
  }
}

function objectText(value: object, path: string, depth: number): string {
  if (value instanceof Float) return floatText(value.value);
  if (depth >= MAX_DEPTH)
    refuse(path, `is nested deeper than ${MAX_DEPTH} levels: flatten it or send it as text`);
  if (Array.isArray(value)) {
    const items = value as readonly PropertyValue[];
    let text = '[';
    for (let i = 0; i < items.length; i++) {
      // An index, not an iterator: a hole of a sparse array is seen as undefined and refused.
      text += (i === 0 ? '' : ',') + valueText(items[i] as PropertyValue, `${path}[${i}]`, depth + 1);
    }
    return `${text}]`;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    refuse(path, `is an instance of ${value.constructor.name}: send a string, a number or a plain object`);
  return mapText(value as { readonly [key: string]: PropertyValue }, path, depth);
}

/** The JSON text of an object, property by property. */
export function mapText(map: { readonly [key: string]: PropertyValue }, path: string, depth = 0): string {
  let text = '{';
  for (const key of Object.keys(map)) {
    if (text.length > 1) text += ',';
    text += `${stringText(key)}:${valueText(map[key] as PropertyValue, `${path}.${key}`, depth + 1)}`;
  }
  return `${text}}`;
}
