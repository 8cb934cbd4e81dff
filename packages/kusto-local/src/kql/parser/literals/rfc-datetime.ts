/** The RFC 822 and RFC 850 forms of a datetime's text (page `The datetime data type`), as exact ticks. */
import { parseDatetime } from './times.ts';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const days = '(?:sun|mon|tue|wed|thu|fri|sat)';

const rfc = new RegExp(
  String.raw`^(?:${days}[a-z]*,?\s*)?(\d{1,2})(?:\s+|-)([a-z]{3})[a-z]*(?:\s+|-)(\d{2}|\d{4})\s+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?\s*(gmt|utc|z|[+-]\d{2}:?\d{2})?$`,
  'i',
);

/** A year of two digits is told only where all readers agree: 00 to 29 are this century, 50 to 99 the last. */
function fullYear(text: string): string | undefined {
  if (text.length === 4) return text;
  const year = Number(text);
  if (year < 30) return `20${text}`;
  return year >= 50 ? `19${text}` : undefined;
}

/**
 * The ticks of `[Sat, ]8 Nov 14 15:05[:02][ GMT]` and `[Saturday, ]08-Nov-14 15:05[:02][ GMT]`; undefined for any other text.
 */
export function parseRfcDatetime(text: string): bigint | undefined {
  const match = rfc.exec(text.trim());
  if (match === null) return undefined;
  const [, day = '', monthName = '', yearText = '', hour = '', minute = '', second = '00', part, zone = 'Z'] =
    match;
  const month = months.indexOf(monthName.toLowerCase()) + 1;
  const year = fullYear(yearText);
  if (month === 0 || year === undefined) return undefined;
  const offset = /^[+-]/.test(zone) ? zone : 'Z';
  const fraction = part === undefined ? '' : `.${part}`;
  return parseDatetime(`${year}-${month}-${day}T${hour}:${minute}:${second}${fraction}${offset}`);
}
