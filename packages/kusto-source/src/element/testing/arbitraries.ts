import type { KustoType } from '@drasi-kusto/kusto-client';
import * as fc from 'fast-check';

/** Text of every kind: ASCII, beyond, emoji, controls, what ids encode, and half surrogate pairs. */
export const anyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string() },
  { weight: 3, arbitrary: fc.string({ unit: 'binary' }) },
  {
    weight: 2,
    arbitrary: fc.string({
      unit: fc.constantFrom('%', ':', ',', '"', '\\', '/', '\n', '\u007f', 'é', '東', '😀', 'a'),
    }),
  },
  { weight: 1, arbitrary: fc.string({ unit: fc.constantFrom('\ud83d', '\ude00', '\\', 'u', 'd', 'x') }) },
  {
    weight: 1,
    arbitrary: fc.string({ minLength: 60, maxLength: 400, unit: fc.constantFrom('a', 'b', 'ü') }),
  },
);

export const columnName: fc.Arbitrary<string> = fc.oneof(
  fc.string({ minLength: 1 }),
  fc.constantFrom('a"b', "it's", 'back\\slash', 'Größe', '__proto__', '0', 'constructor', ''),
);

/**
 * A string token with the text: each unit raw or escaped, as `spelling` says, since services differ. Half surrogate
 * pairs are always escaped, for UTF-8 cannot say them.
 */
export function stringToken(text: string, spelling: readonly boolean[]): string {
  let token = '"';
  let i = 0;
  for (const character of text) {
    const escaped = (spelling[i++ % Math.max(spelling.length, 1)] ?? false) || !character.isWellFormed();
    const hex = (unit: string): string => unit.charCodeAt(0).toString(16).padStart(4, '0');
    token += escaped
      ? character
          .split('')
          .map((unit, at) => `\\u${at === 0 ? hex(unit).toUpperCase() : hex(unit)}`)
          .join('')
      : JSON.stringify(character).slice(1, -1);
  }
  return `${token}"`;
}

const stringCell = fc
  .tuple(anyText, fc.array(fc.boolean(), { maxLength: 5 }))
  .map(([text, spelling]) => stringToken(text, spelling));

const long = fc.oneof(
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map(String),
  fc.constantFrom('0', '-1', '9007199254740993', '9223372036854775807', '-9223372036854775808', '"12"'),
);

const real = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('5', '-0', '-0.0', '0.0', '1e300', '1E-7', '-1.5e+10', '123456789012345678901234567890'),
  fc.constantFrom('"NaN"', '"Infinity"', '"-Infinity"'),
);

const decimal = fc
  .tuple(fc.bigInt(), fc.option(fc.stringMatching(/^[0-9]{1,20}$/), { nil: undefined }), fc.boolean())
  .map(([whole, fraction, quoted]) => {
    const text = fraction === undefined ? String(whole) : `${whole}.${fraction}`;
    return quoted ? `"${text}"` : text;
  });

const datetime = fc
  .tuple(
    fc.date({ min: new Date(-62_135_596_800_000), max: new Date(253_402_300_799_000), noInvalidDate: true }),
    fc.boolean(),
  )
  .map(([date, fraction]) => `"${date.toISOString().slice(0, 19)}${fraction ? '.0123456' : ''}Z"`);

function nested(depth: number): string {
  return `${'{"a":['.repeat(depth / 2)}1${']}'.repeat(depth / 2)}`;
}

/** JSON with numbers no double holds, white space, line ends and strings of every spelling. */
export const json: fc.Arbitrary<string> = fc.letrec<{ value: string; container: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(
      long.filter((token) => !token.startsWith('"')),
      fc.constantFrom('true', 'false', 'null', '1.50', '-0', '1e2'),
    ),
    stringCell,
    tie('container'),
  ),
  container: fc
    .tuple(
      fc.constantFrom('', ' ', '\n', '\t\r\n '),
      fc.boolean(),
      fc.array(fc.tuple(stringCell, tie('value')), { maxLength: 4 }),
    )
    .map(([space, isObject, members]) => {
      const inside = members.map(([name, value]) => (isObject ? `${name}${space}:${space}${value}` : value));
      const text = `${space}${inside.join(`${space},${space}`)}${space}`;
      return isObject ? `{${text}}` : `[${text}]`;
    }),
})).container;

export const brokenJson: fc.Arbitrary<string> = fc
  .tuple(json, fc.nat(), fc.constantFrom('', ',', '"', '}', '\\', '1', '\n'))
  .map(([text, at, insert]) => {
    const cut = at % (text.length + 1);
    return text.slice(0, cut) + insert + text.slice(cut + 1);
  });

const dynamic = fc.oneof(
  { weight: 4, arbitrary: json },
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.oneof(json, brokenJson), fc.array(fc.boolean(), { maxLength: 3 }))
      .map(([text, spelling]) => stringToken(text, spelling)),
  },
  { weight: 2, arbitrary: stringCell },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '5',
      '-1.50',
      '9223372036854775807',
      'true',
      'false',
      '"5"',
      '"null"',
      '"true"',
      '""',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(98, 100, 200).map(nested) },
  { weight: 1, arbitrary: fc.constantFrom(98, 100, 200).map((depth) => JSON.stringify(nested(depth))) },
);

const byType: Readonly<Record<KustoType, fc.Arbitrary<string>>> = {
  bool: fc.constantFrom('true', 'false', '0', '1'),
  datetime,
  decimal,
  dynamic,
  guid: fc.uuid().map((text) => `"${text}"`),
  int: fc.integer().map(String),
  long,
  real,
  string: stringCell,
  timespan: fc.constantFrom('"00:00:00"', '"-1.01:23:45.6789000"', '"10675199.02:48:05.4775807"', '123456'),
};

export const kustoTypes = Object.keys(byType) as readonly KustoType[];

/** The JSON token of a cell, null now and then. */
export function cellToken(type: KustoType): fc.Arbitrary<string> {
  return fc.oneof({ weight: 9, arbitrary: byType[type] }, { weight: 1, arbitrary: fc.constant('null') });
}
