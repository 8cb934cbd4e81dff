/**
 * Arithmetic of decimals that DuckDB's DECIMAL(38, 18) cannot do without losing digits. A decimal goes in and out as text.
 * A result that 18 digits behind the point cannot hold exactly is an error: rounding it would differ from the service, which
 * computes with 34 digits.
 */
import { parseDecimal } from '../../../kql/parser/literals/literals.ts';
import type { NativeFunction } from '../native-functions.ts';

const digits = 18;
const scale = 10n ** BigInt(digits);
const limit = 10n ** 38n;

/** The decimal times 10^18, whole. */
export function unscaled(text: string): bigint {
  const negative = text.startsWith('-');
  const [whole = '0', part = ''] = (negative ? text.slice(1) : text).split('.');
  const number = BigInt(whole === '' ? '0' : whole) * scale + BigInt(part.padEnd(digits, '0'));
  return negative ? -number : number;
}

export function decimalText(number: bigint): string {
  if (number >= limit || number <= -limit) {
    throw new Error(
      'a decimal here has at most 20 digits before the point, and the result of an operation has more',
    );
  }
  const absolute = number < 0n ? -number : number;
  const part = (absolute % scale).toString().padStart(digits, '0');
  return `${number < 0n ? '-' : ''}${absolute / scale}.${part}`;
}

function exact(dividend: bigint, divisor: bigint, what: string): string {
  if (dividend % divisor !== 0n) {
    throw new Error(
      `a decimal here has ${digits} digits behind the point, and ${what} of decimals needs more: use todouble()`,
    );
  }
  return decimalText(dividend / divisor);
}

export function multiply(a: string, b: string): string {
  return exact(unscaled(a) * unscaled(b), scale, 'the product');
}

/** null for a divisor of 0, as of whole numbers. */
export function divide(a: string, b: string): string | null {
  const divisor = unscaled(b);
  return divisor === 0n ? null : exact(unscaled(a) * scale, divisor, 'the quotient');
}

/** Never negative (page `Numerical operators`); null for a divisor of 0. */
export function remainder(a: string, b: string): string | null {
  const divisor = unscaled(b);
  if (divisor === 0n) return null;
  const size = divisor < 0n ? -divisor : divisor;
  return decimalText(((unscaled(a) % size) + size) % size);
}

/** The text of a number, also with an exponent, as a decimal. @throws Error when it has more digits than a decimal here holds */
function decimalOf(text: string): string {
  const digitsOnly = parseDecimal(text.trim());
  if (digitsOnly !== undefined) return digitsOnly;
  throw new Error('a decimal here has 20 digits before the point and 18 behind it: the number has more');
}

function native(name: string, compute: (a: string, b: string) => string | null): NativeFunction {
  return {
    name,
    parameters: ['text', 'text'],
    result: 'text',
    evaluate: (a, b) => compute(a as string, b as string),
  };
}

export const decimalNatives: readonly NativeFunction[] = [
  {
    name: 'kql_decimal_of',
    parameters: ['text'],
    result: 'text',
    evaluate: (text) => decimalOf(text as string),
  },
  native('kql_decimal_product', multiply),
  native('kql_decimal_quotient', divide),
  native('kql_decimal_remainder', remainder),
];
