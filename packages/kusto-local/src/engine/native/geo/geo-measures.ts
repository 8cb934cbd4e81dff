/** Angles, places on a line, and the measures of polygons, on the sphere. */
import { earthRadius, linesOf, points, toArc } from './geo.ts';
import type { Polygon, Ring } from './geo-polygons.ts';
import { contains, readPolygons } from './geo-polygons.ts';
import { writeJson } from '../dynamic/json.ts';
import type { Vector } from './sphere.ts';
import { angle, cross, dot, norm } from './sphere.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

function degenerate(a: Vector, b: Vector): boolean {
  return norm(cross(a, b)) < 1e-15;
}

/** Clockwise, from the direction back to the first point to the one to the third; 0 to 2π. */
function angleBetween(...texts: string[]): string {
  const [a, b, c] = points(...texts) ?? [];
  if (a === undefined || b === undefined || c === undefined) return 'null';
  if (degenerate(a, b) || degenerate(b, c)) return 'null';
  const [back, ahead] = [cross(b, a), cross(b, c)];
  const turn = -Math.atan2(dot(b, cross(back, ahead)), dot(back, ahead));
  return String(turn < 0 ? turn + 2 * Math.PI : turn + 0);
}

/** The one line that the functions of places on a line take. */
function oneLine(name: string, text: string): readonly Vector[] | undefined {
  const [line, ...more] = linesOf(text) ?? [];
  if (more.length > 0) throw new NativeError(`${name}() takes a single line`);
  return line;
}

function edges(vertices: readonly Vector[]): readonly (readonly [Vector, Vector])[] {
  return vertices.flatMap((from, index) => {
    const to = vertices[index + 1];
    return to === undefined ? [] : [[from, to] as const];
  });
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

function pointText({ x, y, z }: Vector): string {
  const degrees = (radians: number): number => (radians * 180) / Math.PI;
  const coordinates = `[${degrees(Math.atan2(y, x))},${degrees(Math.atan2(z, Math.hypot(x, y)))}]`;
  return writeJson(
    new Map([
      ['type', '"Point"'],
      ['coordinates', coordinates],
    ]),
  );
}

function between(from: Vector, to: Vector, along: number): Vector {
  const whole = angle(from, to);
  if (whole === 0) return from;
  const [a, b] = [Math.sin(whole - along) / Math.sin(whole), Math.sin(along) / Math.sin(whole)];
  return { x: a * from.x + b * to.x, y: a * from.y + b * to.y, z: a * from.z + b * to.z };
}

function interpolate(text: string, share: string): string {
  const line = oneLine('geo_line_interpolate_point', text);
  const fraction = share === 'null' ? Number.NaN : Number(share);
  if (line === undefined || !(fraction >= 0 && fraction <= 1)) return 'null';
  const parts = edges(line);
  let left = fraction * total(parts.map(([from, to]) => angle(from, to)));
  for (const [from, to] of parts) {
    const length = angle(from, to);
    if (left <= length) return pointText(between(from, to, left));
    left -= length;
  }
  const last = line.at(-1);
  return last === undefined ? 'null' : pointText(last);
}

/** How far along an arc the point nearest to a given one lies. */
function nearest(point: Vector, from: Vector, to: Vector): number {
  const pole = cross(from, to);
  const foot = cross(cross(pole, point), pole);
  const inside = dot(cross(pole, from), foot) >= 0 && dot(cross(to, pole), foot) >= 0;
  if (inside && norm(foot) > 0) return Math.atan2(norm(cross(from, foot)), dot(from, foot));
  return angle(point, from) <= angle(point, to) ? 0 : angle(from, to);
}

function locate(text: string, longitude: string, latitude: string): string {
  const line = oneLine('geo_line_locate_point', text);
  const [point] = points(longitude, latitude) ?? [];
  if (line === undefined || point === undefined) return 'null';
  let [before, best, place] = [0, Number.POSITIVE_INFINITY, 0];
  for (const [from, to] of edges(line)) {
    const distance = toArc(point, from, to);
    if (distance < best) [best, place] = [distance, before + nearest(point, from, to)];
    before += angle(from, to);
  }
  return before === 0 ? 'null' : String(place / before);
}

function closed({ vertices }: Ring): readonly (readonly [Vector, Vector])[] {
  return edges([...vertices, ...vertices.slice(0, 1)]);
}

/** Of several polygons the measures would be those of their union, which is not computed here. */
function onePolygon(name: string, text: string): Polygon | undefined {
  const polygons = readPolygons(text);
  if (polygons !== undefined && polygons.length > 1)
    throw new NativeError(`${name}() of several polygons is not supported by this endpoint`);
  return polygons?.[0];
}

function perimeter(text: string): string {
  const rings = onePolygon('geo_polygon_perimeter', text);
  if (rings === undefined) return 'null';
  return String(
    earthRadius * total(rings.flatMap((ring) => closed(ring).map(([from, to]) => angle(from, to)))),
  );
}

/** The solid angle of a ring: triangles from its first vertex, each with the sign of its turn. */
function solidAngle(ring: Ring): number {
  const [first] = ring.vertices;
  if (first === undefined) return 0;
  const parts = closed(ring).map(([a, b]) => {
    const volume = dot(first, cross(a, b));
    return 2 * Math.atan2(volume, 1 + dot(first, a) + dot(a, b) + dot(b, first));
  });
  return Math.abs(total(parts));
}

function area(text: string): string {
  const [shell, ...holes] = onePolygon('geo_polygon_area', text) ?? [];
  if (shell === undefined) return 'null';
  return String(earthRadius ** 2 * (solidAngle(shell) - total(holes.map((hole) => solidAngle(hole)))));
}

function distanceToPolygon(longitude: string, latitude: string, text: string): string {
  const [point] = points(longitude, latitude) ?? [];
  const polygons = readPolygons(text);
  if (point === undefined || polygons === undefined) return 'null';
  const distances = polygons.flatMap((rings) =>
    rings.flatMap((ring) => closed(ring).map(([from, to]) => toArc(point, from, to))),
  );
  const least = distances.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  // Nearer than a micrometer the point is on the edge.
  if (least < 1e-12 || polygons.some((polygon) => contains(polygon, point))) return '0';
  return String(least * earthRadius);
}

export const measureNatives: NativeTable = {
  geo_angle: native(6, angleBetween),
  geo_distance_point_to_polygon: native(3, distanceToPolygon),
  geo_line_interpolate_point: native(2, interpolate),
  geo_line_locate_point: native(3, locate),
  geo_polygon_area: native(1, area),
  geo_polygon_perimeter: native(1, perimeter),
};
