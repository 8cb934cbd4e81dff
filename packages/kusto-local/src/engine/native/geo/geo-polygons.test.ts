import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../../testing/fixed-seed.ts';
import { polygonNatives } from './geo-polygons.ts';
import { NativeError } from '../text-function.ts';

type Point = readonly [number, number];

function inPolygon([longitude, latitude]: Point, ring: readonly Point[]): string {
  const polygon = { type: 'Polygon', coordinates: [[...ring, ring[0]]] };
  const compute = polygonNatives['geo_point_in_polygon']?.compute;
  return compute?.(String(longitude), String(latitude), JSON.stringify(polygon)) ?? '';
}

/** Great circles are straight lines in this projection. */
function gnomonic([longitude, latitude]: Point): Point {
  const [lambda, phi] = [(longitude * Math.PI) / 180, (latitude * Math.PI) / 180];
  return [Math.tan(lambda), Math.tan(phi) / Math.cos(lambda)];
}

function side(a: Point, b: Point, p: Point): number {
  return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]);
}

describe('points in polygons', () => {
  it('agrees with straight lines in the gnomonic projection, whichever way the ring turns', () => {
    const degrees = fc.integer({ min: -60, max: 60 });
    const point = fc.tuple(degrees, degrees);
    fc.assert(
      fc.property(
        point,
        point,
        point,
        fc.tuple(fc.double({ min: -60, max: 60, noNaN: true }), degrees),
        (a, b, c, p) => {
          const [ga, gb, gc, gp] = [gnomonic(a), gnomonic(b), gnomonic(c), gnomonic(p)] as const;
          const sides = [side(ga, gb, gp), side(gb, gc, gp), side(gc, ga, gp)];
          fc.pre(Math.abs(side(ga, gb, gc)) > 1e-6 && sides.every((one) => Math.abs(one) > 1e-9));
          const expected = String(sides.every((one) => one > 0) || sides.every((one) => one < 0));
          assert.equal(inPolygon(p, [a, b, c]), expected);
          assert.equal(inPolygon(p, [c, b, a]), expected);
        },
      ),
    );
  });

  it('does not guess about edges and polygons beyond a hemisphere', () => {
    const square: readonly Point[] = [
      [0, 0],
      [10, 0],
      [10, 10],
      [0, 10],
    ];
    assert.throws(() => inPolygon([5, 0], square), NativeError);
    assert.throws(() => inPolygon([10, 10], square), NativeError);
    const wide: readonly Point[] = [
      [-150, -1],
      [0, -1],
      [150, -1],
      [150, 1],
      [0, 1],
      [-150, 1],
    ];
    assert.throws(() => inPolygon([5, 5], wide), NativeError);
  });
});
