/**
 * Literals read from their source text: the parser's own values pass through .NET shims that lose a datetime's fraction and
 * round decimals.
 */
import type { KustoType } from '../../../types.ts';
import { parseRfcDatetime } from './rfc-datetime.ts';
import { parseDatetime, parseTimespan } from './times.ts';

export type LiteralValue = bigint | boolean | number | string | null;

const typeByKind: Readonly<Record<string, KustoType>> = {
  BooleanLiteralExpression: 'bool',
  DateTimeLiteralExpression: 'datetime',
  DecimalLiteralExpression: 'decimal',
  GuidLiteralExpression: 'guid',
  IntLiteralExpression: 'int',
  LongLiteralExpression: 'long',
  RealLiteralExpression: 'real',
  StringLiteralExpression: 'string',
  TimespanLiteralExpression: 'timespan',
};

export function literalType(kind: string): KustoType | undefined {
  return typeByKind[kind];
}

/** What stands in `name( … )`, or the text itself. */
function content(text: string): string {
  const match = /^[a-z0-9_]+\s*\(([\s\S]*)\)$/i.exec(text);
  return (match?.[1] ?? text).trim();
}

function parseInteger(text: string): bigint | undefined {
  const match = /^([+-]?)\s*(0x[0-9a-f]+|\d+)$/i.exec(text);
  if (match?.[2] === undefined) return undefined;
  const value = BigInt(match[2]);
  return match[1] === '-' ? -value : value;
}

function parseReal(text: string): number | undefined {
  const lower = text.toLowerCase();
  if (lower === 'nan') return Number.NaN;
  if (lower === '+inf' || lower === 'inf') return Number.POSITIVE_INFINITY;
  if (lower === '-inf') return Number.NEGATIVE_INFINITY;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

/** A decimal's digits without an exponent; undefined when it does not fit DECIMAL(38, 18). */
export function parseDecimal(text: string): string | undefined {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i.exec(text);
  if (match === null || (match[2] === '' && match[3] === '')) return undefined;
  const exponent = Number(match[4] ?? '0');
  let whole = match[2] ?? '';
  let part = match[3] ?? '';
  if (exponent > 0) {
    part = part.padEnd(exponent, '0');
    whole += part.slice(0, exponent);
    part = part.slice(exponent);
  } else if (exponent < 0) {
    whole = whole.padStart(-exponent, '0');
    part = whole.slice(whole.length + exponent) + part;
    whole = whole.slice(0, whole.length + exponent);
  }
  whole = whole.replace(/^0+/, '') || '0';
  part = part.replace(/0+$/, '');
  if (whole.length > 20 || part.length > 18) return undefined;
  return `${match[1] === '-' ? '-' : ''}${whole}${part === '' ? '' : `.${part}`}`;
}

const guidPattern = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** A guid in lower case with hyphens. */
export function parseGuid(text: string): string | undefined {
  const bare = text.replace(/^\{(.*)\}$/, '$1');
  if (!guidPattern.test(bare)) return undefined;
  const digits = bare.replaceAll('-', '').toLowerCase();
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-');
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  '0': '\0',
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The value of one string token: quoted, verbatim (`@'…'`), obfuscated (`h'…'`) or of several lines (three backticks or tildes). */
export function parseString(text: string): string | undefined {
  const token = /^[hH]/.test(text) ? text.slice(1) : text;
  const fence = /^(?:```|~~~)/.exec(token)?.[0];
  if (fence !== undefined) return token.endsWith(fence) ? token.slice(3, -3) : undefined;
  if (token.startsWith('@')) {
    const quote = token.slice(1, 2);
    return token.slice(2, -1).replaceAll(quote + quote, quote);
  }
  const inner = token.slice(1, -1);
  let bad = false;
  const value = inner.replace(
    /\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})|([\s\S]))/g,
    (_match, four?: string, eight?: string, two?: string, one?: string) => {
      const hex = four ?? eight ?? two;
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      const plain = escapes[one ?? ''];
      if (plain === undefined) bad = true;
      return plain ?? '';
    },
  );
  return bad ? undefined : value;
}

function parseBool(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (lower === 'true' || lower === '1') return true;
  return lower === 'false' || lower === '0' ? false : undefined;
}

/** @returns undefined when the text is no literal of the type (the caller reports it) */
export function parseLiteral(type: KustoType, source: string): LiteralValue | undefined {
  if (type === 'string') return parseString(source);
  const text = content(source);
  if (text.toLowerCase() === 'null') return null;
  switch (type) {
    case 'bool':
      return parseBool(text);
    case 'int': {
      const value = parseInteger(text);
      return value === undefined || BigInt.asIntN(32, value) !== value ? undefined : value;
    }
    case 'long': {
      const value = parseInteger(text);
      return value === undefined || BigInt.asIntN(64, value) !== value ? undefined : value;
    }
    case 'real':
      return parseReal(text);
    case 'decimal':
      return parseDecimal(text);
    case 'datetime': {
      const bare = /^(["']).*\1$/.test(text) ? text.slice(1, -1) : text;
      return parseDatetime(bare) ?? parseRfcDatetime(bare);
    }
    case 'timespan':
      return parseTimespan(/^(["']).*\1$/.test(text) ? text.slice(1, -1) : text);
    case 'guid':
      return parseGuid(text);
    case 'dynamic':
    default:
      return undefined;
  }
}

const minTicksText = 864_000_000_000n;

/** `[-][d.]hh:mm:ss[.fffffff]`. */
export function timespanText(ticks: bigint): string {
  const absolute = ticks < 0n ? -ticks : ticks;
  const days = absolute / minTicksText;
  const rest = absolute % minTicksText;
  const two = (value: bigint) => value.toString().padStart(2, '0');
  const part = rest % 10_000_000n;
  const seconds = rest / 10_000_000n;
  return [
    ticks < 0n ? '-' : '',
    days === 0n ? '' : `${days}.`,
    `${two(seconds / 3600n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`,
    part === 0n ? '' : `.${part.toString().padStart(7, '0')}`,
  ].join('');
}
