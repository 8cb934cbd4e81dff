import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import '../../testing/fixed-seed.ts';
import { addressNatives } from './texts/address-functions.ts';
import { arrayNatives } from './dynamic/arrays.ts';
import { bagNatives } from './dynamic/bags.ts';
import { encodingNatives } from './texts/encodings.ts';
import { geohashNatives } from './geo/geohash.ts';
import { rangeNatives } from './dynamic/ranges.ts';
import { setNatives } from './dynamic/sets.ts';
import { sortNatives } from './dynamic/sorts.ts';
import type { NativeTable } from './text-function.ts';
import { NativeError } from './text-function.ts';
import { textNatives } from './texts/texts.ts';

function call(table: NativeTable, name: string, ...args: string[]): string {
  const found = table[name];
  assert.equal(found?.parameters, args.length, name);
  return found.compute(...args);
}

describe('functions over texts', () => {
  it('fail where nothing is documented', () => {
    const failures: readonly (readonly [NativeTable, string, ...string[]])[] = [
      [arrayNatives, 'array_split', '[1,2,3]', '[2,1]'],
      [arrayNatives, 'array_index_of', '[1]', '1', '0', '-1', '0'],
      [arrayNatives, 'repeat', '1', '1048577'],
      [bagNatives, 'bag_set_key', '{"a":1}', '$.a.b', '2'],
      [bagNatives, 'bag_set_key', '{}', '$', '2'],
      [bagNatives, 'bag_remove_keys', '{"a":[1]}', '["$.a[0]"]'],
      [bagNatives, 'bag_pack', '["a",1,"a",2]'],
      [bagNatives, 'extract_json', '$..a', '{}'],
      [rangeNatives, 'range', '1', '5', '0', 'long'],
      [setNatives, 'jaccard_index', '[]', '[]'],
      [textNatives, 'indexof', 'abc', 'a', '0', '-1', '0'],
      [textNatives, 'replace_strings', 'abc', '["a"]', '[]'],
    ];
    for (const [table, name, ...args] of failures) {
      assert.throws(() => call(table, name, ...args), NativeError, name);
    }
  });

  it('a rotation back is the array, a sorted array keeps its elements in order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: -50, max: 50 }), (array, by) => {
        const text = JSON.stringify(array);
        const turned = call(arrayNatives, 'array_rotate_left', text, String(by));
        assert.equal(call(arrayNatives, 'array_rotate_right', turned, String(by)), text);
        const sorted = array.toSorted((a, b) => a - b);
        assert.equal(call(sortNatives, 'array_sort', text, 'asc', 'true'), JSON.stringify(sorted));
        assert.equal(call(sortNatives, 'array_sort_by', text, text, 'asc', 'true'), JSON.stringify(sorted));
      }),
    );
  });

  it('a slice and its rest are the array', () => {
    fc.assert(
      fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.nat(20), (array, place) => {
        const [head, tail] = JSON.parse(
          call(arrayNatives, 'array_split', JSON.stringify(array), String(place)),
        ) as number[][];
        assert.deepEqual([...(head ?? []), ...(tail ?? [])], array);
        assert.equal(head?.length, Math.min(place, array.length));
      }),
    );
  });

  it('a guid in base64 has its own bytes', () => {
    fc.assert(
      fc.property(fc.uuid(), (guid) => {
        const bytes = Buffer.from(call(encodingNatives, 'base64_encode_fromguid', guid), 'base64');
        const [a, b, c] = [bytes.readUInt32LE(0), bytes.readUInt16LE(4), bytes.readUInt16LE(6)] as const;
        const hex = [
          a.toString(16).padStart(8, '0'),
          b.toString(16).padStart(4, '0'),
          c.toString(16).padStart(4, '0'),
        ];
        const rest = bytes.subarray(8).toString('hex');
        assert.equal(`${hex.join('-')}-${rest.slice(0, 4)}-${rest.slice(4)}`, guid);
      }),
    );
  });

  it('the networks of a range cover it without gap and overlap', () => {
    const long = fc.bigInt({ min: 0n, max: 0xffffffffn });
    fc.assert(
      fc.property(long, long, (a, b) => {
        const [from, to] = a < b ? [a, b] : [b, a];
        const [start, end] = [from, to].map((address) =>
          call(addressNatives, 'format_ipv4', String(address), ''),
        );
        const list = JSON.parse(
          call(addressNatives, 'ipv4_range_to_cidr_list', start ?? '', end ?? ''),
        ) as string[];
        let next = from;
        for (const network of list) {
          assert.equal(call(addressNatives, 'parse_ipv4', network, ''), String(next));
          next += 1n << BigInt(32 - Number(network.split('/')[1]));
        }
        assert.equal(next, to + 1n);
      }),
    );
  });

  it('a geohash stands for a cell that holds its point', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -179.9, max: 179.9, noNaN: true }),
        fc.double({ min: -89.9, max: 89.9, noNaN: true }),
        fc.integer({ min: 1, max: 9 }),
        (longitude, latitude, length) => {
          const hash = call(
            geohashNatives,
            'geo_point_to_geohash',
            String(longitude),
            String(latitude),
            String(length),
          );
          assert.equal(hash.length, length);
          const polygon = JSON.parse(call(geohashNatives, 'geo_geohash_to_polygon', hash)) as {
            coordinates: [[number, number][]];
          };
          const [west, south] = polygon.coordinates[0][0] ?? [0, 0];
          const [east, north] = polygon.coordinates[0][2] ?? [0, 0];
          assert.ok(west <= longitude && longitude < east && south <= latitude && latitude < north);
          const point = JSON.parse(call(geohashNatives, 'geo_geohash_to_central_point', hash)) as {
            coordinates: [number, number];
          };
          const [x, y] = point.coordinates;
          assert.equal(
            call(geohashNatives, 'geo_point_to_geohash', String(x), String(y), String(length)),
            hash,
          );
        },
      ),
    );
  });
});
