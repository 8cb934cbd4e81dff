/** Offsets of the zones of the IANA Time Zone Database, as this machine's Intl has them. */
import {
  maxTicks,
  ticksPerHour,
  ticksPerMinute,
  ticksPerSecond,
} from '../../../kql/parser/literals/times.ts';

const epochTicks = 621_355_968_000_000_000n;
/** Offsets change at quarters of an hour at the earliest: one look-up serves all times within one. */
const bucketTicks = 15n * ticksPerMinute;

const offsetText = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<bigint, bigint>;
}

/** How many offsets of a zone are remembered. */
const kept = 4096;

export class TimeZones {
  readonly #zones = new Map<string, Zone>();

  /** What to add to a UTC time to get the zone's, in ticks. @throws Error when the zone is not known */
  offset(utc: bigint, name: string): bigint {
    const zone = this.#zone(name);
    const bucket = utc / bucketTicks;
    const known = zone.offsets.get(bucket);
    if (known !== undefined) return known;
    if (zone.offsets.size >= kept) zone.offsets.clear();
    const milliseconds = Number((bucket * bucketTicks - epochTicks) / 10_000n);
    const text =
      zone.format.formatToParts(milliseconds).find((part) => part.type === 'timeZoneName')?.value ?? '';
    const match = offsetText.exec(text);
    if (match === null) throw new Error(`the offset of the time zone '${name}' is not known`);
    const size =
      BigInt(match[2] ?? '0') * ticksPerHour +
      BigInt(match[3] ?? '0') * ticksPerMinute +
      BigInt(match[4] ?? '0') * ticksPerSecond;
    const offset = match[1] === '-' ? -size : size;
    zone.offsets.set(bucket, offset);
    return offset;
  }

  toLocal(utc: bigint, name: string): bigint {
    return inRange(utc + this.offset(utc, name));
  }

  /**
   * A time that a zone's clocks skip is read with the offset after the change (the page's example); of a time they show twice, the
   * later one, in standard time, is meant.
   */
  toUtc(local: bigint, name: string): bigint {
    const day = 24n * ticksPerHour;
    const before = this.offset(clamped(local - day), name);
    const after = this.offset(clamped(local + day), name);
    return inRange(
      local - (this.#valid(local, after, name) ? after : this.#skippedOr(local, before, after, name)),
    );
  }

  #valid(local: bigint, offset: bigint, name: string): boolean {
    const utc = local - offset;
    return utc >= 0n && utc <= maxTicks && this.offset(utc, name) === offset;
  }

  #skippedOr(local: bigint, before: bigint, after: bigint, name: string): bigint {
    return this.#valid(local, before, name) ? before : after;
  }

  #zone(name: string): Zone {
    const known = this.#zones.get(name);
    if (known !== undefined) return known;
    let format: Intl.DateTimeFormat;
    try {
      // A bare offset is a zone to Intl, but not one of the database.
      if (/^[+-]/.test(name)) throw new RangeError('an offset');
      format = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    } catch {
      throw new Error(`'${name}' is no time zone of the IANA database, such as 'Europe/Paris'`);
    }
    // A zone has as many names as its letters have cases.
    if (this.#zones.size >= kept) this.#zones.clear();
    const zone = { format, offsets: new Map<bigint, bigint>() };
    this.#zones.set(name, zone);
    return zone;
  }
}

function clamped(ticks: bigint): bigint {
  if (ticks < 0n) return 0n;
  return ticks > maxTicks ? maxTicks : ticks;
}

function inRange(ticks: bigint): bigint {
  if (ticks < 0n || ticks > maxTicks) throw new Error('the datetime is out of range');
  return ticks;
}

/** The names of all zones. */
export function timeZoneNames(): readonly string[] {
  return Intl.supportedValuesOf('timeZone');
}
