/** Vectors on the unit sphere and the positions of GeoJSON. */
import type { Json } from '../dynamic/json.ts';
import { isArray, numberOf } from '../dynamic/json.ts';

export interface Vector {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** The unit vector of a coordinate; undefined when it is out of range. */
export function vectorOf(longitude: number, latitude: number): Vector | undefined {
  if (!(Math.abs(longitude) <= 180) || !(Math.abs(latitude) <= 90)) return undefined;
  const [lambda, phi] = [(longitude * Math.PI) / 180, (latitude * Math.PI) / 180];
  return { x: Math.cos(phi) * Math.cos(lambda), y: Math.cos(phi) * Math.sin(lambda), z: Math.sin(phi) };
}

export function dot(a: Vector, b: Vector): number {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

export function cross(a: Vector, b: Vector): Vector {
  return { x: a.y * b.z - a.z * b.y, y: a.z * b.x - a.x * b.z, z: a.x * b.y - a.y * b.x };
}

export function norm(a: Vector): number {
  return Math.hypot(a.x, a.y, a.z);
}

/** The angle between two unit vectors, exact for small ones too. */
export function angle(a: Vector, b: Vector): number {
  return Math.atan2(norm(cross(a, b)), dot(a, b));
}

/** The positions of a GeoJSON array of coordinates; undefined when one is malformed or out of range. */
export function positions(value: Json | undefined): readonly Vector[] | undefined {
  if (value === undefined || !isArray(value)) return undefined;
  const vectors: Vector[] = [];
  for (const position of value) {
    if (!isArray(position)) return undefined;
    const [longitude, latitude] = [numberOf(position[0]), numberOf(position[1])];
    const vector =
      longitude === undefined || latitude === undefined ? undefined : vectorOf(longitude, latitude);
    if (vector === undefined) return undefined;
    vectors.push(vector);
  }
  return vectors;
}

export function members(value: Json | undefined): readonly Json[] | undefined {
  return value !== undefined && isArray(value) ? value : undefined;
}
