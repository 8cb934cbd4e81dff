/**
 * geo_point_in_polygon(): polygons whose edges are arcs on the sphere. A ring divides the sphere into two regions, and the smaller one
 * is meant. An invalid polygon gives null.
 */
import type { Json } from '../dynamic/json.ts';
import { isBag, readJson, stringOf } from '../dynamic/json.ts';
import type { Vector } from './sphere.ts';
import { cross, dot, members, norm, positions, vectorOf } from './sphere.ts';
import type { NativeTable } from '../text-function.ts';
import { NativeError, native } from '../text-function.ts';

export interface Ring {
  /** Each vertex once. */
  readonly vertices: readonly Vector[];
  /** Points into the region that the ring encloses. */
  readonly pole: Vector;
}

/** A shell and its holes. */
export type Polygon = readonly Ring[];

/** Below this, in radians, a point counts as one on an edge: which polygon has it is not documented. */
const tolerance = 1e-13;

function sum(vectors: readonly Vector[]): Vector {
  return vectors.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y, z: a.z + b.z }));
}

function next<T>(list: readonly T[], index: number): T | undefined {
  return list[(index + 1) % list.length];
}

/** Which side of the arc's great circle a point lies on: -1, 0, 1. */
function side(from: Vector, to: Vector, point: Vector): number {
  return Math.sign(dot(cross(from, to), point));
}

/** Whether two arcs cross inside both of them. */
function crosses(a: Vector, b: Vector, c: Vector, d: Vector): boolean {
  const sides = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)] as const;
  if (sides.includes(0) || sides[0] === sides[1] || sides[2] === sides[3]) return false;
  // Great circles meet twice: of the two, the arcs cross at the one that lies in both.
  const meeting = cross(cross(a, b), cross(c, d));
  return Math.abs(Math.sign(dot(meeting, sum([a, b]))) + Math.sign(dot(meeting, sum([c, d])))) === 2;
}

function crossesItself(vertices: readonly Vector[]): boolean {
  return vertices.some((a, i) => {
    const b = next(vertices, i);
    return vertices.slice(i + 2).some((c, offset) => {
      const d = next(vertices, i + 2 + offset);
      // Neighbors meet in a vertex and nowhere else.
      return b !== undefined && d !== undefined && d !== a && crosses(a, b, c, d);
    });
  });
}

function sameVector(a: Vector, b: Vector): boolean {
  return norm(cross(a, b)) < tolerance && dot(a, b) > 0;
}

function ringOf(value: Json): Ring | undefined {
  const all = positions(value);
  const [first] = all ?? [];
  const last = all?.at(-1);
  if (all === undefined || first === undefined || last === undefined) return undefined;
  if (all.length < 4 || !sameVector(first, last)) return undefined;
  const vertices = all.slice(0, -1);
  if (vertices.some((a, i) => vertices.slice(i + 1).some((b) => sameVector(a, b)))) return undefined;
  if (crossesItself(vertices)) return undefined;
  const area = sum(vertices.map((vertex, index) => cross(vertex, next(vertices, index) ?? vertex)));
  const sign = dot(area, sum(vertices)) < 0 ? -1 : 1;
  const pole = { x: area.x * sign, y: area.y * sign, z: area.z * sign };
  if (vertices.some((vertex) => dot(vertex, pole) <= 0))
    throw new NativeError('a polygon that reaches beyond a hemisphere is not supported by this endpoint');
  return { vertices, pole };
}

function polygonOf(value: Json): Polygon | undefined {
  const rings = (members(value) ?? []).map((ring) => ringOf(ring));
  const known = rings.filter((ring) => ring !== undefined);
  return known.length === 0 || known.length < rings.length ? undefined : known;
}

function polygonsOf(text: string): readonly Polygon[] | undefined {
  const shape = readJson(text);
  if (!isBag(shape)) return undefined;
  const coordinates = shape.get('coordinates');
  const type = stringOf(shape.get('type'));
  const parts =
    type === 'Polygon' && coordinates !== undefined
      ? [coordinates]
      : type === 'MultiPolygon'
        ? members(coordinates)
        : undefined;
  const polygons = (parts ?? []).map((part) => polygonOf(part));
  const known = polygons.filter((polygon) => polygon !== undefined);
  return known.length === 0 || known.length < polygons.length ? undefined : known;
}

/** The angle at a point between the directions to two others, -π to π, counterclockwise. */
function turn(point: Vector, a: Vector, b: Vector): number {
  const [u, v] = [cross(point, a), cross(point, b)];
  return Math.atan2(dot(point, cross(u, v)), dot(u, v));
}

/** Whether the ring winds around the point, on its own side of the sphere. */
function encloses({ vertices, pole }: Ring, point: Vector): boolean {
  if (dot(point, pole) <= 0) return false;
  let winding = 0;
  for (const [index, vertex] of vertices.entries()) {
    const end = next(vertices, index) ?? vertex;
    const normal = cross(vertex, end);
    const between = dot(cross(normal, vertex), point) >= 0 && dot(cross(end, normal), point) >= 0;
    if (between && Math.abs(dot(normal, point)) < tolerance * norm(normal))
      throw new NativeError('geo_point_in_polygon() of a point on the edge of a polygon is not documented');
    winding += turn(point, vertex, end);
  }
  return Math.abs(winding) > Math.PI;
}

/** Whether a polygon has the point. @throws NativeError for one on an edge */
export function contains([shell, ...holes]: Polygon, point: Vector): boolean {
  if (shell === undefined || !encloses(shell, point)) return false;
  return !holes.some((hole) => encloses(hole, point));
}

/** A reader that remembers the last text: over the rows of a table it is mostly the same polygon. */
function rememberingReader(): typeof polygonsOf {
  let last: { readonly text: string; readonly polygons: readonly Polygon[] | undefined } | undefined;
  return (text) => {
    if (last?.text !== text) last = { text, polygons: polygonsOf(text) };
    return last.polygons;
  };
}

export const readPolygons = rememberingReader();

function inPolygon(longitude: string, latitude: string, text: string): string {
  if (longitude === 'null' || latitude === 'null') return 'null';
  const point = vectorOf(Number(longitude), Number(latitude));
  const polygons = readPolygons(text);
  if (point === undefined || polygons === undefined) return 'null';
  return String(polygons.some((polygon) => contains(polygon, point)));
}

export const polygonNatives: NativeTable = { geo_point_in_polygon: native(3, inPolygon) };
