/** Geohashes: 1 to 18 characters, five bits each, the bits of longitude and latitude in turns. */
import { characters } from '../texts/characters.ts';
import { stringLeaf, writeJson } from '../dynamic/json.ts';
import type { NativeTable } from '../text-function.ts';
import { native } from '../text-function.ts';

const alphabet = '0123456789bcdefghjkmnpqrstuvwxyz';
const maxLength = 18;

/** Bits of longitude and latitude as counts of cells from the west and from the south. */
interface Cell {
  readonly column: bigint;
  readonly row: bigint;
  readonly length: number;
}

function bitsOf(length: number): readonly [bigint, bigint] {
  const bits = length * 5;
  return [BigInt(Math.ceil(bits / 2)), BigInt(Math.floor(bits / 2))];
}

/** The cell of a value among 2^bits equal ones, by halving: exact where a product of doubles would round. */
function cellOf(value: number, low: number, high: number, bits: bigint): bigint {
  let [from, to, index] = [low, high, 0n];
  for (let left = bits; left > 0n; left -= 1n) {
    const middle = (from + to) / 2;
    index <<= 1n;
    if (value >= middle) {
      index |= 1n;
      from = middle;
    } else {
      to = middle;
    }
  }
  return index;
}

function encode({ column, row, length }: Cell): string {
  let [columns, rows] = bitsOf(length);
  let text = '';
  for (let place = 0; place < length; place += 1) {
    let digit = 0;
    for (let bit = 0; bit < 5; bit += 1) {
      const even = (place * 5 + bit) % 2 === 0;
      if (even) columns -= 1n;
      else rows -= 1n;
      digit = digit * 2 + Number((even ? column >> columns : row >> rows) & 1n);
    }
    text += alphabet.charAt(digit);
  }
  return text;
}

function decode(text: string): Cell | undefined {
  if (text.length < 1 || text.length > maxLength) return undefined;
  let [column, row] = [0n, 0n];
  for (const [place, character] of characters(text.toLowerCase()).entries()) {
    const digit = alphabet.indexOf(character);
    if (digit === -1) return undefined;
    for (let bit = 0; bit < 5; bit += 1) {
      const one = BigInt((digit >> (4 - bit)) & 1);
      if ((place * 5 + bit) % 2 === 0) column = (column << 1n) | one;
      else row = (row << 1n) | one;
    }
  }
  return { column, row, length: text.length };
}

interface Bounds {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

function boundsOf({ column, row, length }: Cell): Bounds {
  const [columns, rows] = bitsOf(length).map((bits) => 2 ** Number(bits)) as [number, number];
  return {
    west: (Number(column) / columns) * 360 - 180,
    south: (Number(row) / rows) * 180 - 90,
    east: (Number(column + 1n) / columns) * 360 - 180,
    north: (Number(row + 1n) / rows) * 180 - 90,
  };
}

/** '' for coordinates or an accuracy out of range. */
function pointToGeohash(longitude: string, latitude: string, accuracy: string): string {
  const [lambda, phi, length] = [longitude, latitude, accuracy].map((text) =>
    text === 'null' ? Number.NaN : Number(text),
  ) as [number, number, number];
  if (!(Math.abs(lambda) <= 180) || !(Math.abs(phi) <= 90)) return '';
  if (!(length >= 1 && length <= maxLength)) return '';
  const [columns, rows] = bitsOf(length);
  return encode({ column: cellOf(lambda, -180, 180, columns), row: cellOf(phi, -90, 90, rows), length });
}

function centralPoint(text: string): string {
  const cell = decode(text);
  if (cell === undefined) return 'null';
  const { west, south, east, north } = boundsOf(cell);
  return writeJson(
    new Map([
      ['type', '"Point"'],
      ['coordinates', `[${(west + east) / 2},${(south + north) / 2}]`],
    ]),
  );
}

function polygon(text: string): string {
  const cell = decode(text);
  if (cell === undefined) return 'null';
  const { west, south, east, north } = boundsOf(cell);
  const ring = [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ].map(([x, y]) => `[${x},${y}]`);
  return writeJson(
    new Map([
      ['type', '"Polygon"'],
      ['coordinates', `[[${ring.join(',')}]]`],
    ]),
  );
}

/** Columns to the east and rows to the north, in the order of the documented example. */
const steps: readonly (readonly [bigint, bigint])[] = [
  [-1n, -1n],
  [-1n, 1n],
  [1n, -1n],
  [0n, 1n],
  [-1n, 0n],
  [1n, 1n],
  [1n, 0n],
  [0n, -1n],
];

/** Across the antimeridian the columns go on; beyond a pole there is no neighbor. */
function neighbors(text: string): string {
  const cell = decode(text);
  if (cell === undefined) return 'null';
  const [columns, rows] = bitsOf(cell.length).map((bits) => 1n << bits) as [bigint, bigint];
  const found = steps.flatMap(([east, north]) => {
    const row = cell.row + north;
    if (row < 0n || row >= rows) return [];
    const column = (cell.column + east + columns) % columns;
    return [stringLeaf(encode({ column, row, length: cell.length }))];
  });
  return writeJson(found);
}

export const geohashNatives: NativeTable = {
  geo_geohash_neighbors: native(1, neighbors),
  geo_geohash_to_central_point: native(1, centralPoint),
  geo_geohash_to_polygon: native(1, polygon),
  geo_point_to_geohash: native(3, pointToGeohash),
};
