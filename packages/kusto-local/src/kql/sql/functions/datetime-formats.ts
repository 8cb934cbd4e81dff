/** format_datetime() and format_timespan(): the formats of their pages, taken apart while the query is compiled. */
import { ticksPerDay } from '../../parser/literals/times.ts';
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';
import { argumentSpan, literalText, typed } from './definition.ts';

const two = (sql: string) => `lpad(CAST(${sql} AS VARCHAR), 2, '0')`;
const plain = (sql: string) => `CAST(${sql} AS VARCHAR)`;
const hour12 = (t: string) => `((${t} // 36000000000 % 24 + 11) % 12 + 1)`;

/** Format specifiers of format_datetime (its documentation's list). */
const datetimeFormats: Readonly<Record<string, (t: string) => string>> = {
  d: (t) => plain(`day(kql_date(${t}))`),
  dd: (t) => two(`day(kql_date(${t}))`),
  H: (t) => plain(`${t} // 36000000000 % 24`),
  HH: (t) => two(`${t} // 36000000000 % 24`),
  h: (t) => plain(hour12(t)),
  hh: (t) => two(hour12(t)),
  M: (t) => plain(`month(kql_date(${t}))`),
  MM: (t) => two(`month(kql_date(${t}))`),
  m: (t) => plain(`${t} // 600000000 % 60`),
  mm: (t) => two(`${t} // 600000000 % 60`),
  s: (t) => plain(`${t} // 10000000 % 60`),
  ss: (t) => two(`${t} // 10000000 % 60`),
  tt: (t) => `CASE WHEN ${t} // 36000000000 % 24 < 12 THEN 'AM' ELSE 'PM' END`,
  y: (t) => plain(`year(kql_date(${t})) % 100`),
  yy: (t) => two(`year(kql_date(${t})) % 100`),
  yyyy: (t) => `lpad(CAST(year(kql_date(${t})) AS VARCHAR), 4, '0')`,
};

function fractionDigits(t: string, digits: number, trimmed: boolean): string {
  const text = `left(lpad(CAST(abs(CAST(${t} AS HUGEINT)) % 10000000 AS VARCHAR), 7, '0'), ${digits})`;
  return trimmed ? `rtrim(${text}, '0')` : text;
}

const separators = /^[ /\-:,._[\]]$/;

/** Splits a format into runs of one letter and separators. */
function formatPieces(
  call: Call,
  t: string,
  formats: Readonly<Record<string, (t: string) => string>>,
): string {
  const format = literalText(call, 1);
  const pieces = (format.match(/([a-zA-Z])\1*|[\s\S]/g) ?? []).map((piece) => {
    if (separators.test(piece)) return quoteText(piece);
    if (/^[fF]{1,7}$/.test(piece)) return fractionDigits(t, piece.length, piece.startsWith('F'));
    const known = formats[piece];
    if (known === undefined)
      throw unsupported(`'${piece}' in the format of ${call.name}()`, argumentSpan(call, 1));
    return known(t);
  });
  return pieces.length === 0 ? "''" : `(${pieces.join(' || ')})`;
}

export function formatDatetime(call: Call): Value {
  const given = typed(call, 0, 'datetime');
  const text = formatPieces(call, given.sql, datetimeFormats);
  return value(given.nullable ? `coalesce(${text}, '')` : text, 'string');
}

const size = (t: string) => `abs(CAST(${t} AS HUGEINT))`;

const timespanFormats: Readonly<Record<string, (t: string) => string>> = {
  ...Object.fromEntries(
    Array.from({ length: 8 }, (_unused, index) => [
      'd'.repeat(index + 1),
      (t: string) => {
        const days = `CAST(${size(t)} // ${ticksPerDay} AS VARCHAR)`;
        return index === 0
          ? days
          : `lpad(${days}, CAST(greatest(length(${days}), ${index + 1}) AS INTEGER), '0')`;
      },
    ]),
  ),
  H: (t) => plain(`${size(t)} // 36000000000 % 24`),
  HH: (t) => two(`${size(t)} // 36000000000 % 24`),
  h: (t) => plain(`${size(t)} // 36000000000 % 24`),
  hh: (t) => two(`${size(t)} // 36000000000 % 24`),
  m: (t) => plain(`${size(t)} // 600000000 % 60`),
  mm: (t) => two(`${size(t)} // 600000000 % 60`),
  s: (t) => plain(`${size(t)} // 10000000 % 60`),
  ss: (t) => two(`${size(t)} // 10000000 % 60`),
};

export function formatTimespan(call: Call): Value {
  const given = typed(call, 0, 'timespan');
  const text = `(CASE WHEN ${given.sql} < 0 THEN '-' ELSE '' END || ${formatPieces(call, given.sql, timespanFormats)})`;
  return value(given.nullable ? `coalesce(${text}, '')` : text, 'string');
}
