import { DuckDBDecimalValue, type DuckDBValue } from '@duckdb/node-api';
import type { KustoType } from '../../types.ts';
import { decimalScale, decimalWidth } from './kusto-types.ts';
import { parseDatetime, parseTimespan } from './times.ts';

/**
 * A field's text to the stored value, as an ingestion reads it: what is not a value of the type becomes null, never an
 * error; a string is kept as it is, and dynamic text that is no JSON becomes a JSON string.
 */
export type ParseValue = (text: string) => DuckDBValue;

const integerText = /^\s*([-+]?)(\d{1,40})\s*$/;
const hexText = /^\s*([-+]?)(0[xX][0-9a-fA-F]{1,16})\s*$/;
const realText = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const decimalText = /^\s*([-+]?)(\d*)(?:\.(\d*))?(?:[eE]([-+]?\d{1,4}))?\s*$/;
const guidText = /^\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/;
const maximumDecimal = 10n ** BigInt(decimalWidth);

const parsers: Readonly<Record<KustoType, ParseValue>> = {
  bool: parseBool,
  int: parseInt32,
  long: parseInt64,
  real: parseReal,
  decimal: parseDecimal,
  datetime: parseDatetime,
  timespan: parseTimespan,
  string: (text) => text.toWellFormed(),
  guid: parseGuid,
  dynamic: parseDynamic,
};

/** The value an absent field gets. */
export function absentValue(type: KustoType): DuckDBValue {
  return type === 'string' ? '' : null;
}

export function valueParser(type: KustoType): ParseValue {
  return parsers[type];
}

function parseBool(text: string): boolean | null {
  switch (text.trim().toLowerCase()) {
    case 'true':
    case '1':
      return true;
    case 'false':
    case '0':
      return false;
    default:
      return null;
  }
}

function parseInteger(text: string): bigint | null {
  const parts = integerText.exec(text) ?? hexText.exec(text);
  if (parts === null) return null;
  const digits = BigInt(parts[2] ?? '0');
  return parts[1] === '-' ? -digits : digits;
}

function parseInt32(text: string): number | null {
  if (/^-?\d{1,9}$/.test(text)) return Number(text);
  const value = parseInteger(text);
  return value === null || value !== BigInt.asIntN(32, value) ? null : Number(value);
}

function parseInt64(text: string): bigint | null {
  const value = parseInteger(text);
  return value === null || value !== BigInt.asIntN(64, value) ? null : value;
}

function parseReal(text: string): number | null {
  const trimmed = text.trim();
  if (realText.test(trimmed)) return Number(trimmed);
  switch (trimmed.toLowerCase()) {
    case 'nan':
      return Number.NaN;
    case 'inf':
    case '+inf':
    case 'infinity':
      return Infinity;
    case '-inf':
    case '-infinity':
      return -Infinity;
    default:
      return null;
  }
}

function parseDecimal(text: string): DuckDBDecimalValue | null {
  const parts = decimalText.exec(text);
  if (parts === null) return null;
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts;
  if (whole === '' && fraction === '') return null;
  const shift = decimalScale - fraction.length + Number(exponent);
  if (shift > 2 * decimalWidth) return null;
  const digits = BigInt(whole + fraction);
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : roundedQuotient(digits, 10n ** BigInt(-shift));
  if (scaled >= maximumDecimal) return null;
  return new DuckDBDecimalValue(sign === '-' ? -scaled : scaled, decimalWidth, decimalScale);
}

function roundedQuotient(value: bigint, divisor: bigint): bigint {
  return (value + divisor / 2n) / divisor;
}

function parseGuid(text: string): string | null {
  const parts = guidText.exec(text.trim().toLowerCase());
  return parts === null ? null : parts.slice(1).join('-');
}

function parseDynamic(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'null') return null;
  try {
    JSON.parse(trimmed);
    return oneLine(trimmed.toWellFormed());
  } catch {
    return JSON.stringify(text);
  }
}

/** In valid JSON a line break stands between two tokens only. */
function oneLine(json: string): string {
  return /[\r\n]/.test(json) ? json.replace(/[\r\n]+/g, ' ') : json;
}
