/** Geospatial functions: those on a sphere and geohashes. The S2 and H3 grids are refused. */
import { unsupported } from '../../refusal.ts';
import type { Value } from '../value.ts';
import type { Call } from '../context.ts';
import type { FunctionTable } from './definition.ts';
import { argument, argumentSpan } from './definition.ts';
import { nativeArgument, nativeCall, nativeFunction } from './native-call.ts';

const four = ['real', 'real', 'real', 'real'] as const;

function distance(call: Call): Value {
  if (call.args.length === 5) {
    const spheroid = argument(call, 4);
    if (spheroid.literal !== false)
      throw unsupported("'geo_distance_2points' on a spheroid", argumentSpan(call, 4));
  }
  const args = four.map((parameter, index) => nativeArgument(call, index, parameter));
  return nativeCall('geo_distance_2points', args, 'real');
}

/** geo_line_locate_point(line, longitude, latitude [, use_spheroid]). */
function locate(call: Call): Value {
  if (call.args.length === 4 && argument(call, 3).literal !== false)
    throw unsupported("'geo_line_locate_point' on a spheroid", argumentSpan(call, 3));
  const parameters = ['bag', 'real', 'real'] as const;
  const args = parameters.map((parameter, index) => nativeArgument(call, index, parameter));
  return nativeCall('geo_line_locate_point', args, 'real');
}

export const geoFunctions: FunctionTable = {
  geo_angle: nativeFunction('geo_angle', [...four, 'real', 'real'], 'real'),
  geo_azimuth: nativeFunction('geo_azimuth', four, 'real'),
  geo_distance_2points: { min: 4, max: 5, compile: distance },
  geo_distance_point_to_line: nativeFunction('geo_distance_point_to_line', ['real', 'real', 'bag'], 'real'),
  geo_distance_point_to_polygon: nativeFunction(
    'geo_distance_point_to_polygon',
    ['real', 'real', 'bag'],
    'real',
  ),
  geo_geohash_neighbors: nativeFunction('geo_geohash_neighbors', ['text'], 'dynamic'),
  geo_geohash_to_central_point: nativeFunction('geo_geohash_to_central_point', ['text'], 'dynamic'),
  geo_geohash_to_polygon: nativeFunction('geo_geohash_to_polygon', ['text'], 'dynamic'),
  geo_line_interpolate_point: nativeFunction('geo_line_interpolate_point', ['bag', 'real'], 'dynamic'),
  geo_line_locate_point: { min: 3, max: 4, compile: locate },
  geo_line_length: nativeFunction('geo_line_length', ['bag'], 'real'),
  geo_point_in_circle: nativeFunction('geo_point_in_circle', [...four, 'real'], 'bool'),
  geo_point_in_polygon: nativeFunction('geo_point_in_polygon', ['real', 'real', 'bag'], 'bool'),
  geo_polygon_area: nativeFunction('geo_polygon_area', ['bag'], 'real'),
  geo_polygon_perimeter: nativeFunction('geo_polygon_perimeter', ['bag'], 'real'),
  geo_point_to_geohash: nativeFunction('geo_point_to_geohash', ['real', 'real', 'long'], 'string', ['5']),
};
