import { parseRfcDatetime } from '../../../kql/parser/literals/rfc-datetime.ts';
import type { NativeFunction } from '../native-functions.ts';
import { TimeZones } from './time-zones.ts';

const dateLike =
  /\d+[/.-]\d+[/.-]\d+|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b.*\d|\d.*\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)/i;

/** The literal datetime(2014) is a date; of todatetime('2014') the reference says nothing. */
const yearOrMonth = /^\s*\d{4}(?:-\d{1,2})?\s*$/;

/** A text that has not the form of ISO 8601: RFC 822 or 850, or null. What looks like a date of another form is an error, not a wrong null. */
export function readDatetime(text: string): bigint | null {
  const ticks = parseRfcDatetime(text);
  if (ticks !== undefined) return ticks;
  if (!dateLike.test(text) && !yearOrMonth.test(text)) return null;
  throw new Error(`todatetime() reads ISO 8601, RFC 822 and RFC 850 here, not '${text.slice(0, 40)}'`);
}

const zones = (
  evaluate: (zones: TimeZones, time: bigint, zone: string) => bigint,
): NativeFunction['evaluate'] => {
  const known = new TimeZones();
  return (time, zone) => evaluate(known, time as bigint, zone as string);
};

export const datetimeNatives: readonly NativeFunction[] = [
  {
    name: 'kql_read_datetime',
    parameters: ['text'],
    result: 'long',
    evaluate: (text) => readDatetime(text as string),
  },
  {
    name: 'kql_utc_to_local',
    parameters: ['long', 'text'],
    result: 'long',
    evaluate: zones((known, time, zone) => known.toLocal(time, zone)),
  },
  {
    name: 'kql_local_to_utc',
    parameters: ['long', 'text'],
    result: 'long',
    evaluate: zones((known, time, zone) => known.toUtc(time, zone)),
  },
];
