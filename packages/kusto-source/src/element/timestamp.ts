const DASH = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const CAPITAL_T = 0x54;
const CAPITAL_Z = 0x5a;

/** Length of `yyyy-MM-ddTHH:mm:ss`. */
const WHOLE_SECONDS = 19;
const MAX_FRACTION_DIGITS = 7;
const NANOSECONDS_A_SECOND = 1_000_000_000n;
const NANOSECONDS_A_TICK = 100n;

/**
 * Nanoseconds since 1970 (UTC) of a Kusto datetime, `yyyy-MM-ddTHH:mm:ss[.f…]Z` with up to seven fraction digits (100 ns),
 * exact over the years 1 to 9999; negative before 1970. `undefined` when `bytes[from .. to)` is no such datetime.
 */
export function datetimeToNs(bytes: Uint8Array, from: number, to: number): bigint | undefined {
  if (bytes[to - 1] !== CAPITAL_Z || to - from < WHOLE_SECONDS + 1) return undefined;
  const separated =
    bytes[from + 4] === DASH &&
    bytes[from + 7] === DASH &&
    bytes[from + 10] === CAPITAL_T &&
    bytes[from + 13] === COLON &&
    bytes[from + 16] === COLON;
  if (!separated) return undefined;
  const year = digits(bytes, from, 4);
  const month = digits(bytes, from + 5, 2);
  const day = digits(bytes, from + 8, 2);
  const hour = digits(bytes, from + 11, 2);
  const minute = digits(bytes, from + 14, 2);
  const second = digits(bytes, from + 17, 2);
  const ticks = fractionTicks(bytes, from + WHOLE_SECONDS, to - 1);
  if (
    !isDate(year, month, day) ||
    !isBelow(hour, 24) ||
    !isBelow(minute, 60) ||
    !isBelow(second, 60) ||
    ticks < 0
  )
    return undefined;
  const seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
  return BigInt(seconds) * NANOSECONDS_A_SECOND + BigInt(ticks) * NANOSECONDS_A_TICK;
}

function digits(bytes: Uint8Array, from: number, count: number): number {
  let value = 0;
  for (let i = from; i < from + count; i++) {
    const byte = bytes[i] as number;
    if (byte < ZERO || byte > NINE) return -1;
    value = value * 10 + (byte - ZERO);
  }
  return value;
}

/** The fraction, dot included, in 100 ns; 0 when it is empty, -1 when it is malformed. */
function fractionTicks(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return 0;
  const count = to - from - 1;
  if (bytes[from] !== DOT || count < 1 || count > MAX_FRACTION_DIGITS) return -1;
  const value = digits(bytes, from + 1, count);
  return value < 0 ? -1 : value * 10 ** (MAX_FRACTION_DIGITS - count);
}

function isBelow(value: number, limit: number): boolean {
  return value >= 0 && value < limit;
}

function isDate(year: number, month: number, day: number): boolean {
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days before each month in a year that is no leap year. */
const DAYS_BEFORE_MONTH: readonly number[] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
/** Days from 0001-01-01 to 1970-01-01. */
const DAYS_TO_1970 = 719_162;

function daysSince1970(year: number, month: number, day: number): number {
  const before = year - 1;
  const leapDays = Math.floor(before / 4) - Math.floor(before / 100) + Math.floor(before / 400);
  const dayOfYear = (DAYS_BEFORE_MONTH[month - 1] ?? 0) + (month > 2 && isLeap(year) ? 1 : 0) + day - 1;
  return before * 365 + leapDays + dayOfYear - DAYS_TO_1970;
}
