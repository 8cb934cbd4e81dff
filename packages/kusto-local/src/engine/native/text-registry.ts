import type { NativeFunction } from './native-functions.ts';
import { addressNatives } from './texts/address-functions.ts';
import { arrayNatives } from './dynamic/arrays.ts';
import { bagNatives } from './dynamic/bags.ts';
import { encodingNatives } from './texts/encodings.ts';
import { geoNatives } from './geo/geo.ts';
import { geohashNatives } from './geo/geohash.ts';
import { listNatives } from './dynamic/lists.ts';
import { parserNatives } from './texts/parsers.ts';
import { measureNatives } from './geo/geo-measures.ts';
import { polygonNatives } from './geo/geo-polygons.ts';
import { rangeNatives } from './dynamic/ranges.ts';
import { regexNatives } from './texts/regexes.ts';
import { seriesFillNatives } from './series/series-fills.ts';
import { seriesLineNatives } from './series/series-lines.ts';
import { seriesNatives } from './series/series.ts';
import { setNatives } from './dynamic/sets.ts';
import { sortNatives } from './dynamic/sorts.ts';
import { textNatives } from './texts/texts.ts';
import { xmlNatives } from './texts/xml.ts';

const tables = [
  addressNatives,
  arrayNatives,
  bagNatives,
  encodingNatives,
  geoNatives,
  geohashNatives,
  listNatives,
  parserNatives,
  measureNatives,
  polygonNatives,
  rangeNatives,
  regexNatives,
  seriesFillNatives,
  seriesLineNatives,
  seriesNatives,
  setNatives,
  sortNatives,
  textNatives,
  xmlNatives,
];

/** The functions over texts, as DuckDB takes them. */
export const textFunctions: readonly NativeFunction[] = tables.flatMap((table) =>
  Object.entries(table).map(([name, { parameters, compute }]): NativeFunction => ({
    name: `kql_js_${name}`,
    parameters: Array.from({ length: parameters }, () => 'text' as const),
    result: 'text',
    evaluate: (...args) => compute(...args.map(String)),
  })),
);
