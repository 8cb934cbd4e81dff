/** Numbers as text: tohex() and format_bytes(). */
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import type { FunctionTable } from './definition.ts';
import { argument, argumentSpan, literalInteger, literalText, typed } from './definition.ts';

/** Page `tohex()`: two's complement in the number's own width, zeros before it up to a least length of at most 16. */
function toHex(call: Call): Value {
  const given = argument(call, 0);
  if (given.type !== 'int' && given.type !== 'long') {
    throw unsupported(`'tohex' of ${given.type}`, argumentSpan(call, 0));
  }
  const least = call.args.length > 1 ? literalInteger(call, 1) : 1n;
  if (least < 1n) throw invalid('tohex() needs a least length of 1 to 16', argumentSpan(call, 1));
  const length = least > 16n ? 16n : least;
  const digits =
    given.type === 'int'
      ? `lower(hex(CASE WHEN ${given.sql} < 0 THEN CAST(${given.sql} AS BIGINT) + 4294967296 ELSE ${given.sql} END))`
      : `lower(hex(${given.sql}))`;
  const text =
    length === 1n ? digits : `lpad(${digits}, CAST(greatest(length(${digits}), ${length}) AS INTEGER), '0')`;
  return value(given.nullable ? `coalesce(${text}, '')` : text, 'string');
}

const byteUnits = ['Bytes', 'KB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/** Page `format_bytes()`: units of 1024, the greatest that the size reaches unless one is given. */
function formatBytes(call: Call): Value {
  const size = typed(call, 0, 'real');
  const precision = call.args.length > 1 ? literalInteger(call, 1) : 0n;
  if (precision < 0n || precision > 15n) {
    throw invalid('format_bytes() needs a precision of 0 to 15', argumentSpan(call, 1));
  }
  const unit = call.args.length > 2 ? literalText(call, 2) : '';
  const scaled = (index: number) =>
    `kql_real_text(round(${size.sql} / ${1024 ** index}, ${precision})) || ' ${byteUnits[index] ?? ''}'`;
  let text: string;
  if (unit === '') {
    const cases = byteUnits
      .map((_name, index) => index)
      .slice(1)
      .reverse()
      .map((index) => `WHEN abs(${size.sql}) >= ${1024 ** index} THEN ${scaled(index)}`);
    text = `CASE ${cases.join(' ')} ELSE ${scaled(0)} END`;
  } else {
    const index = byteUnits.findIndex((name) => name === unit);
    if (index < 0) {
      throw invalid(`format_bytes() knows the units ${byteUnits.join(', ')}`, argumentSpan(call, 2));
    }
    text = `(${scaled(index)})`;
  }
  return value(size.nullable ? `coalesce(${text}, '')` : text, 'string');
}

export const numberTextFunctions: FunctionTable = {
  format_bytes: { min: 1, max: 3, compile: formatBytes },
  tohex: { min: 1, max: 2, compile: toHex },
};
