/** Kusto's datetime and timespan texts, as exact ticks of 100 ns (scalar data types `datetime` and `timespan`). */

export const ticksPerSecond = 10_000_000n;
export const ticksPerMinute = 60n * ticksPerSecond;
export const ticksPerHour = 60n * ticksPerMinute;
export const ticksPerDay = 24n * ticksPerHour;
/** 9999-12-31T23:59:59.9999999Z. */
export const maxTicks = 3_155_378_975_999_999_999n;
const maxTimespan = 2n ** 63n - 1n;

/** Days from 0001-01-01 to the first of a month, in the proleptic Gregorian calendar. */
function daysBeforeYear(year: number): number {
  const years = year - 1;
  return years * 365 + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400);
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

const monthLengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;

function monthLength(year: number, month: number): number {
  return month === 2 && isLeap(year) ? 29 : (monthLengths[month - 1] ?? 0);
}

/** Ticks of a fraction's digits; digits after the seventh are cut, as Kusto does. */
function fraction(digits: string | undefined): bigint {
  return BigInt((digits ?? '').slice(0, 7).padEnd(7, '0'));
}

const isoPattern =
  /^(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:(?:T|t|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?\s*(Z|z|GMT|UTC|[+-]\d{2}:?\d{2})?$/;

/** The ticks of an ISO 8601 text as Kusto's documentation lists them; undefined for anything else. */
export function parseDatetime(text: string): bigint | undefined {
  const match = isoPattern.exec(text.trim());
  if (match === null) return undefined;
  const year = Number(match[1]);
  const month = Number(match[2] ?? '1');
  const day = Number(match[3] ?? '1');
  const hour = Number(match[4] ?? '0');
  const minute = Number(match[5] ?? '0');
  const second = Number(match[6] ?? '0');
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > monthLength(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  let days = daysBeforeYear(year) + day - 1;
  for (let index = 1; index < month; index += 1) days += monthLength(year, index);
  let ticks =
    BigInt(days) * ticksPerDay +
    BigInt(hour) * ticksPerHour +
    BigInt(minute) * ticksPerMinute +
    BigInt(second) * ticksPerSecond +
    fraction(match[7]);
  const zone = match[8];
  if (zone !== undefined && /^[+-]/.test(zone)) {
    const digits = zone.slice(1).replace(':', '');
    const offset = BigInt(digits.slice(0, 2)) * ticksPerHour + BigInt(digits.slice(2)) * ticksPerMinute;
    ticks += zone.startsWith('-') ? offset : -offset;
  }
  return ticks < 0n || ticks > maxTicks ? undefined : ticks;
}

const unitTicks: Readonly<Record<string, bigint>> = {
  d: ticksPerDay,
  day: ticksPerDay,
  days: ticksPerDay,
  h: ticksPerHour,
  hr: ticksPerHour,
  hrs: ticksPerHour,
  hour: ticksPerHour,
  hours: ticksPerHour,
  m: ticksPerMinute,
  min: ticksPerMinute,
  minute: ticksPerMinute,
  minutes: ticksPerMinute,
  s: ticksPerSecond,
  sec: ticksPerSecond,
  second: ticksPerSecond,
  seconds: ticksPerSecond,
  ms: 10_000n,
  milli: 10_000n,
  millis: 10_000n,
  millisec: 10_000n,
  millisecond: 10_000n,
  milliseconds: 10_000n,
  micro: 10n,
  micros: 10n,
  microsec: 10n,
  microsecond: 10n,
  microseconds: 10n,
  nano: 0n,
  nanos: 0n,
  nanosec: 0n,
  nanosecond: 0n,
  nanoseconds: 0n,
  tick: 1n,
  ticks: 1n,
};

/** `1.5 * unit` in exact ticks; a part smaller than a tick is cut. */
function scaled(number: string, unit: bigint): bigint {
  const [whole = '0', part = ''] = number.split('.');
  const scale = 10n ** BigInt(part.length);
  return (
    (BigInt(whole === '' ? '0' : whole) * scale * unit + BigInt(part === '' ? '0' : part) * unit) / scale
  );
}

const clockPattern = /^(?:(\d+)\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d+))?)?$/;
const unitPattern = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i;

/** The ticks of `[-][d.]hh:mm[:ss[.fffffff]]`, `1.5h` and the like, or a plain number of days; undefined for anything else. */
export function parseTimespan(text: string): bigint | undefined {
  let rest = text.trim();
  const negative = rest.startsWith('-');
  if (negative) rest = rest.slice(1).trim();
  const ticks = unsignedTimespan(rest);
  if (ticks === undefined || ticks > maxTimespan) return undefined;
  return negative ? -ticks : ticks;
}

function unsignedTimespan(text: string): bigint | undefined {
  if (/^\d+(?:\.\d+)?$/.test(text)) return scaled(text, ticksPerDay);
  const clock = clockPattern.exec(text);
  if (clock !== null) {
    const hour = BigInt(clock[2] ?? '0');
    const minute = BigInt(clock[3] ?? '0');
    const second = BigInt(clock[4] ?? '0');
    if (hour > 23n || minute > 59n || second > 59n) return undefined;
    return (
      BigInt(clock[1] ?? '0') * ticksPerDay +
      hour * ticksPerHour +
      minute * ticksPerMinute +
      second * ticksPerSecond +
      fraction(clock[5])
    );
  }
  const unit = unitPattern.exec(text);
  if (unit?.[1] === undefined || unit[2] === undefined) return undefined;
  const name = unit[2].toLowerCase();
  if (name.startsWith('nano')) return scaled(unit[1], 1n) / 100n;
  const ticks = unitTicks[name];
  return ticks === undefined ? undefined : scaled(unit[1], ticks);
}
