/**
 * Geospatial functions on a sphere. Coordinates are degrees, longitude first; what is out of range gives null. The radius is
 * that of the documented examples: 6371010 m.
 */
import { isBag, readJson, stringOf } from '../dynamic/json.ts';
import type { Vector } from './sphere.ts';
import { angle, cross, dot, members, norm, positions, vectorOf } from './sphere.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

export const earthRadius = 6_371_010;

/** Arguments of pairs of coordinates; undefined when one is null or out of range. */
export function points(...texts: string[]): readonly Vector[] | undefined {
  const vectors: Vector[] = [];
  for (let index = 0; index + 1 < texts.length; index += 2) {
    if (texts[index] === 'null' || texts[index + 1] === 'null') return undefined;
    const vector = vectorOf(Number(texts[index]), Number(texts[index + 1]));
    if (vector === undefined) return undefined;
    vectors.push(vector);
  }
  return vectors;
}

function distance(...texts: string[]): string {
  const [a, b] = points(...texts) ?? [];
  return a === undefined || b === undefined ? 'null' : String(angle(a, b) * earthRadius);
}

function inCircle(...texts: string[]): string {
  const [a, b] = points(...texts.slice(0, 4)) ?? [];
  const radius = texts[4] === 'null' ? Number.NaN : Number(texts[4]);
  if (a === undefined || b === undefined || !(radius > 0)) return 'null';
  return String(angle(a, b) * earthRadius <= radius);
}

/** Clockwise from north, 0 to 2π; null for the same and for opposite points. */
function azimuth(...texts: string[]): string {
  const [a, b] = points(...texts) ?? [];
  if (a === undefined || b === undefined) return 'null';
  if (norm(cross(a, b)) < 1e-15) return 'null';
  const north = cross(cross(a, { x: 0, y: 0, z: 1 }), a);
  const east = cross({ x: 0, y: 0, z: 1 }, a);
  if (norm(east) === 0) return 'null';
  const bearing = Math.atan2(dot(b, east) / norm(east), dot(b, north) / norm(north));
  return String(bearing < 0 ? bearing + 2 * Math.PI : bearing);
}

/** The lines of a LineString or MultiLineString. */
export function linesOf(text: string): readonly (readonly Vector[])[] | undefined {
  const shape = readJson(text);
  if (!isBag(shape)) return undefined;
  const coordinates = shape.get('coordinates');
  const type = stringOf(shape.get('type'));
  const parts =
    type === 'LineString' && coordinates !== undefined
      ? [coordinates]
      : type === 'MultiLineString'
        ? members(coordinates)
        : undefined;
  const lines: (readonly Vector[])[] = [];
  for (const part of parts ?? []) {
    const line = positions(part);
    if (line === undefined || line.length < 2) return undefined;
    lines.push(line);
  }
  return lines.length === 0 ? undefined : lines;
}

/** The angle from a point to the shorter arc between two others. */
export function toArc(point: Vector, from: Vector, to: Vector): number {
  const pole = cross(from, to);
  const length = norm(pole);
  if (length > 1e-15) {
    const inside = dot(cross(pole, from), point) >= 0 && dot(cross(to, pole), point) >= 0;
    if (inside) return Math.abs(Math.asin(Math.min(1, Math.max(-1, dot(point, pole) / length))));
  }
  return Math.min(angle(point, from), angle(point, to));
}

function toLine(longitude: string, latitude: string, text: string): string {
  const [point] = points(longitude, latitude) ?? [];
  const lines = linesOf(text);
  if (point === undefined || lines === undefined) return 'null';
  let least = Number.POSITIVE_INFINITY;
  for (const line of lines) {
    for (const [index, from] of line.entries()) {
      const to = line[index + 1];
      if (to !== undefined) least = Math.min(least, toArc(point, from, to));
    }
  }
  return String(least * earthRadius);
}

/** geo_line_length() of one line. Of several it would be that of their union, which is not computed here. */
function lineLength(text: string): string {
  const [line, ...more] = linesOf(text) ?? [];
  if (line === undefined) return 'null';
  if (more.length > 0)
    throw new NativeError('geo_line_length() of several lines is not supported by this endpoint');
  let total = 0;
  for (const [index, from] of line.entries()) {
    const to = line[index + 1];
    if (to !== undefined) total += angle(from, to);
  }
  return String(total * earthRadius);
}

export const geoNatives: NativeTable = {
  geo_azimuth: native(4, azimuth),
  geo_distance_2points: native(4, distance),
  geo_distance_point_to_line: native(3, toLine),
  geo_line_length: native(1, lineLength),
  geo_point_in_circle: native(5, inCircle),
};
