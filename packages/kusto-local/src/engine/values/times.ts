/** Ticks: 100 ns units, a datetime's since 0001-01-01T00:00:00Z, as the engine stores datetime and timespan. */
const ticksPerMillisecond = 10_000n;
const ticksPerSecond = 10_000_000n;
const ticksPerMinute = 60n * ticksPerSecond;
export const ticksPerHour = 60n * ticksPerMinute;
const ticksPerDay = 24n * ticksPerHour;
const unixEpochTicks = 621_355_968_000_000_000n;
const maximumDatetimeTicks = 3_155_378_975_999_999_999n;
const maximumInt64 = 9_223_372_036_854_775_807n;

/** Ticks of a time in milliseconds since 1970, as a clock gives it. */
export function ticksOfMilliseconds(milliseconds: number): bigint {
  return BigInt(Math.trunc(milliseconds)) * ticksPerMillisecond + unixEpochTicks;
}

/** `yyyy-MM-ddTHH:mm:ss.fffffffZ`, always with seven fraction digits, as the service writes a datetime. */
export function formatDatetime(ticks: bigint): string {
  const fraction = ticks % ticksPerSecond;
  const milliseconds = Number((ticks - fraction - unixEpochTicks) / ticksPerMillisecond);
  return `${new Date(milliseconds).toISOString().slice(0, 19)}.${fraction.toString().padStart(7, '0')}Z`;
}

/** `[-][d.]hh:mm:ss[.fffffff]`: .NET's constant format, as the service writes a timespan. */
export function formatTimespan(ticks: bigint): string {
  const absolute = ticks < 0n ? -ticks : ticks;
  const days = absolute / ticksPerDay;
  const two = (value: bigint): string => value.toString().padStart(2, '0');
  const fraction = absolute % ticksPerSecond;
  return (
    (ticks < 0n ? '-' : '') +
    (days > 0n ? `${days}.` : '') +
    `${two((absolute / ticksPerHour) % 24n)}:${two((absolute / ticksPerMinute) % 60n)}:${two((absolute / ticksPerSecond) % 60n)}` +
    (fraction > 0n ? `.${fraction.toString().padStart(7, '0')}` : '')
  );
}

const isoDatetime =
  /^(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;
const namedWeekday = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s/i;

/** Ticks of a datetime's text (ISO 8601 or RFC 822/850; without a zone it is UTC), or null when it is none. */
export function parseDatetime(text: string): bigint | null {
  const trimmed = text.trim();
  const parts = isoDatetime.exec(trimmed);
  if (parts === null) {
    if (!namedWeekday.test(trimmed)) return null;
    const milliseconds = Date.parse(trimmed);
    return Number.isNaN(milliseconds) ? null : inDatetimeRange(ticksOfMilliseconds(milliseconds));
  }
  const [, year = '', month = '', day = '1', hour = '0', minute = '0', second = '0', digits = '', zone = ''] =
    parts;
  const milliseconds = utcMilliseconds(+year, +month, +day, +hour, +minute, +second);
  if (milliseconds === undefined) return null;
  const fraction = BigInt(digits.slice(0, 7).padEnd(7, '0'));
  return inDatetimeRange(ticksOfMilliseconds(milliseconds) + fraction - zoneTicks(zone));
}

function utcMilliseconds(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return date.getTime() + ((hour * 60 + minute) * 60 + second) * 1000;
}

function zoneTicks(zone: string): bigint {
  const parts = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
  if (parts === null) return 0n;
  const ticks = BigInt(parts[2] ?? '0') * ticksPerHour + BigInt(parts[3] ?? '0') * ticksPerMinute;
  return parts[1] === '-' ? -ticks : ticks;
}

function inDatetimeRange(ticks: bigint): bigint | null {
  return ticks >= 0n && ticks <= maximumDatetimeTicks ? ticks : null;
}

const clockTimespan = /^(-)?(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?$/;
const unitTimespan = /^(-)?(\d+(?:\.\d+)?)\s*([a-z]*)$/i;
const unitTicks: ReadonlyMap<string, bigint> = new Map([
  ['', ticksPerDay],
  ['d', ticksPerDay],
  ['h', ticksPerHour],
  ['m', ticksPerMinute],
  ['s', ticksPerSecond],
  ['ms', ticksPerMillisecond],
  ['microsecond', 10n],
  ['tick', 1n],
]);

/** Ticks of a timespan's text (`1.02:03:04.5`, `2h`; a bare number is days), or null when it is none. */
export function parseTimespan(text: string): bigint | null {
  const trimmed = text.trim();
  const clock = clockTimespan.exec(trimmed);
  if (clock !== null) {
    const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0', digits = ''] = clock;
    if (+hours > 23 || +minutes > 59 || +seconds > 59) return null;
    const ticks =
      BigInt(days) * ticksPerDay +
      BigInt(hours) * ticksPerHour +
      BigInt(minutes) * ticksPerMinute +
      BigInt(seconds) * ticksPerSecond +
      BigInt(digits.slice(0, 7).padEnd(7, '0'));
    return inTimespanRange(sign === undefined ? ticks : -ticks);
  }
  const unit = unitTimespan.exec(trimmed);
  const scale = unit === null ? undefined : unitTicks.get((unit[3] ?? '').toLowerCase());
  if (unit === null || scale === undefined) return null;
  const [whole = '0', fraction = ''] = (unit[2] ?? '0').split('.');
  const ticks =
    BigInt(whole) * scale +
    (BigInt(fraction === '' ? '0' : fraction) * scale) / 10n ** BigInt(fraction.length);
  return inTimespanRange(unit[1] === undefined ? ticks : -ticks);
}

function inTimespanRange(ticks: bigint): bigint | null {
  return ticks >= -maximumInt64 - 1n && ticks <= maximumInt64 ? ticks : null;
}
