import type { NativeFunction } from '../native-functions.ts';
import { addressNatives } from './address-functions.ts';
import { arrayNatives } from './arrays.ts';
import { bagNatives } from './bags.ts';
import { encodingNatives } from './encodings.ts';
import { geoNatives } from './geo.ts';
import { geohashNatives } from './geohash.ts';
import { listNatives } from './lists.ts';
import { parserNatives } from './parsers.ts';
import { measureNatives } from './geo-measures.ts';
import { polygonNatives } from './geo-polygons.ts';
import { rangeNatives } from './ranges.ts';
import { regexNatives } from './regexes.ts';
import { seriesFillNatives } from './series-fills.ts';
import { seriesLineNatives } from './series-lines.ts';
import { seriesNatives } from './series.ts';
import { setNatives } from './sets.ts';
import { sortNatives } from './sorts.ts';
import { textNatives } from './texts.ts';
import { xmlNatives } from './xml.ts';

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
