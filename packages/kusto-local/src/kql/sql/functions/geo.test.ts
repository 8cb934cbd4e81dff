import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('geospatial functions', () => {
  const harness = testHarness([]);

  it('on a sphere', async () => {
    await checkValues(harness, {
      'round(geo_distance_2points(-122.407628, 47.578557, -118.275287, 34.019056), 6)': '1546754.351974',
      'geo_distance_2points(300, 1, 1, 1)': 'null',
      'geo_distance_2points(1, 1, 1, 1, false)': '0',
      'geo_distance_2points(1, real(null), 1, 1)': 'null',
      'round(geo_azimuth(5, 10, 10, -40), 12)': '3.054599397964',
      'geo_azimuth(5, 10, 5, 10)': 'null',
      'geo_azimuth(0, 0, 180, 0)': 'null',
      'round(geo_azimuth(0, 0, -1, 0), 10)': '4.7123889804',
      'geo_point_in_circle(-122.143564, 47.535677, -122.100896, 47.527351, 3500)': 'true',
      'geo_point_in_circle(-122.137575, 47.630683, -122.100896, 47.527351, 3500)': 'false',
      'geo_point_in_circle(200, 1, 1, 1, 1)': 'null',
      'geo_point_in_circle(1, 1, 1, 1, -1)': 'null',
      "round(geo_distance_point_to_line(-115.199625, 36.210419, dynamic({'type': 'LineString', 'coordinates': [[-115.115385,36.229195],[-115.136995,36.200366],[-115.140252,36.192470],[-115.143558,36.188523],[-115.144076,36.181954],[-115.154662,36.174483],[-115.166431,36.176388],[-115.183289,36.175007],[-115.192612,36.176736],[-115.202485,36.173439],[-115.225355,36.174365]]})), 6)":
        '3797.888873',
      "geo_distance_point_to_line(1, 1, dynamic({'type': 'LineString'}))": 'null',
      "geo_distance_point_to_line(300, 3, dynamic({'type': 'LineString', 'coordinates': [[1, 1], [2, 2]]}))":
        'null',
      "round(geo_line_length(dynamic({'type': 'LineString', 'coordinates': [[0, 0], [1, 0], [1, 1]]})) / geo_distance_2points(0, 0, 1, 0), 9)":
        '2',
    });
  });

  it('polygons', async () => {
    await checkValues(harness, {
      "geo_point_in_polygon(5, 5, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]}))":
        'true',
      "geo_point_in_polygon(5, 5, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [0, 10], [10, 10], [10, 0], [0, 0]]]}))":
        'true',
      "geo_point_in_polygon(11, 5, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]}))":
        'false',
      "geo_point_in_polygon(-175, -5, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]}))":
        'false',
      "geo_point_in_polygon(5, 5, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]], [[4, 4], [4, 6], [6, 6], [6, 4], [4, 4]]]}))":
        'false',
      "geo_point_in_polygon(180, 1, dynamic({'type': 'Polygon', 'coordinates': [[[170, -10], [-170, -10], [-170, 10], [170, 10], [170, -10]]]}))":
        'true',
      "geo_point_in_polygon(0, 89, dynamic({'type': 'Polygon', 'coordinates': [[[0, 80], [90, 80], [180, 80], [-90, 80], [0, 80]]]}))":
        'true',
      "geo_point_in_polygon(-73.95, 40.75, dynamic({'type': 'MultiPolygon', 'coordinates': [[[[0, 0], [1, 0], [1, 1], [0, 0]]], [[[-75, 40], [-73, 40], [-73, 42], [-75, 40]]]]}))":
        'true',
      "geo_point_in_polygon(5, 10.02, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 0], [10, 10], [0, 10], [0, 0]]]}))":
        'true',
      "geo_point_in_polygon(200, 1, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 10], [10, 1], [0, 0]]]}))":
        'null',
      "geo_point_in_polygon(1, 1, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 10], [10, 10], [0, 0]]]}))":
        'null',
      "geo_point_in_polygon(1, 1, dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 10], [10, 0], [0, 10], [0, 0]]]}))":
        'null',
    });
  });

  it('angles, places on lines, measures of polygons', async () => {
    const park =
      "dynamic({'type': 'Polygon', 'coordinates': [[[-73.9495,40.7969],[-73.95807266235352,40.80068603561921],[-73.98201942443848,40.76825672305777],[-73.97317886352539,40.76455136505513],[-73.9495,40.7969]]]})";
    const line =
      "dynamic({'type': 'LineString', 'coordinates': [[-73.95796, 40.80042], [-73.97317, 40.764486]]})";
    const twice =
      "dynamic({'type': 'MultiPolygon', 'coordinates': [[[[0, 0], [1, 0], [1, 1], [0, 0]]], [[[5, 5], [6, 5], [6, 6], [5, 5]]]]})";
    await checkValues(harness, {
      'round(geo_angle(0, 10, 0, 5, 3, -10), 12)': '2.944938434069',
      'geo_angle(0, 10, 0, 10, 3, -10)': 'null',
      'round(degrees(geo_angle(0, 10, 0, 5, -3, -10)), 9)': '191.267456802',
      [`round(todouble(geo_line_interpolate_point(${line}, 0.25).coordinates[0]), 9)`]: '-73.961764043',
      [`round(todouble(geo_line_interpolate_point(${line}, 0.25).coordinates[1]), 9)`]: '40.791436687',
      [`round(todouble(geo_line_interpolate_point(${line}, 1.0).coordinates[1]), 9)`]: '40.764486',
      [`geo_line_interpolate_point(${line}, 1.5)`]: 'null',
      [`round(geo_line_locate_point(${line}, -73.965, 40.792), 9)`]: '0.255601351',
      [`geo_line_locate_point(${line}, -73, 42)`]: '0',
      [`round(geo_polygon_perimeter(${park}), 5)`]: '9930.3015',
      [`round(geo_polygon_area(${park}), 2)`]: '3475207.28',
      [`round(geo_distance_point_to_polygon(-73.9839, 40.7705, ${park}), 6)`]: '259.940756',
      [`geo_distance_point_to_polygon(-73.965, 40.78, ${park})`]: '0',
      [`geo_distance_point_to_polygon(-73.9495, 40.7969, ${park})`]: '0',
      [`geo_distance_point_to_polygon(5.8, 5.2, ${twice})`]: '0',
      "geo_polygon_area(dynamic({'type': 'Polygon', 'coordinates': [[[0, 0], [10, 10], [10, 10], [0, 0]]]}))":
        'null',
    });
    await assert.rejects(() => harness.value(`geo_polygon_area(${twice})`), /several polygons/);
  });

  it('geohashes', async () => {
    await checkValues(harness, {
      'geo_point_to_geohash(-80.195829, 25.802215, 8)': "'dhwfz15h'",
      'geo_point_to_geohash(-122.303404, 47.570482)': "'c23n8'",
      'geo_point_to_geohash(-122.278156, 47.566936)': "'c23n9'",
      'geo_point_to_geohash(200, 1, 8)': "''",
      'geo_point_to_geohash(1, 1, int(null))': "''",
      "geo_geohash_to_central_point('sunny')":
        '{"type":"Point","coordinates":[42.47314453125,23.70849609375]}',
      "geo_geohash_to_central_point('a')": 'null',
      "geo_geohash_neighbors('sunny')": '["sunnt","sunpj","sunnx","sunpn","sunnv","sunpp","sunnz","sunnw"]',
      "geo_geohash_neighbors('a')": 'null',
      "geo_geohash_to_polygon('dr5ru')":
        '{"type":"Polygon","coordinates":[[[-74.00390625,40.7373046875],[-73.9599609375,40.7373046875],[-73.9599609375,40.78125],[-74.00390625,40.78125],[-74.00390625,40.7373046875]]]}',
    });
  });

  it('refuses what it does not know', () => {
    checkRefusals(harness, {
      'print geo_distance_2points(1, 1, 1, 1, true)': ['SEM0001', /spheroid/],
      'print geo_point_to_s2cell(1, 1)': ['SEM0001', /geo_point_to_s2cell/],
    });
  });
});
