import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals, checkValues } from '../../testing/cases.ts';
import { XxHash64 } from '../../../engine/native/hashes/xxhash64.ts';
import { stormEvents } from '../../testing/harness.ts';
import { testHarness } from '../../testing/test-harness.ts';

describe('hashes', () => {
  const harness = testHarness([stormEvents]);

  it("have the documentation's values", async () => {
    await checkValues(harness, {
      "hash('World')": '1846988464401551951',
      "hash('Hello')": '753694413698530628',
      "hash('World', 100)": '51',
      "hash_xxhash64('World')": '1846988464401551951',
      'hash(datetime(2015-01-01))': '1380966698541616202',
      "hash_md5('World')": "'f5a7924e621e84c9280a9a27e1bcb7f6'",
      'hash_md5(datetime(2020-01-01))': "'786c530672d1f8db31fee25ea8a9390b'",
      "hash_sha1('World')": "'70c07ec18ef89c5309bbb0937f3a6342411e1fdd'",
      'hash_sha1(datetime(2020-01-01))': "'e903e533f4d636b4fc0dcf3cf81e7b7f330de776'",
      "hash_sha256('World')": "'78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524'",
      'hash_sha256(datetime(2020-01-01))':
        "'ba666752dc1a20eb750b0eb64e780cc4c968bc9fb8813461c1d7e750f302d71d'",
    });
  });

  it('follow the type and the value', async () => {
    await checkValues(harness, {
      // Of no bytes: the algorithm's own test vector.
      "hash('')": '-1205034819632174695',
      'hash(long(null))': '-1205034819632174695',
      'hash(guid(null))': '-1205034819632174695',
      'hash(int(5)) == hash(5)': 'true',
      "hash(5) == hash('5')": 'false',
      'hash(1.0) == hash(1)': 'false',
      'hash(1d) == hash(864000000000)': 'true',
      'hash(datetime(2015-01-01)) == hash(635556672000000000)': 'true',
      'hash(true) == hash(false)': 'false',
      "hash('häß😀 a text of more than thirty-two bytes') == hash('häß😀 a text of more than thirty-two byteS')":
        'false',
      'hash(-1, 10) >= 0': 'true',
      "hash('World', toint('0'))": 'null',
      "hash('World', toint('7'))": '4',
      'hash_md5(int(null)) == hash_md5("")': 'true',
      'hash_md5(5) == hash_md5("5")': 'true',
    });
  });

  it('do not depend on how long a text is', async () => {
    const { rows } = await harness.run(
      "range n from 0 to 60 step 1 | extend a = strrep('a😀', n / 2), b = strrep('x', n) | project hash(a), hash(b)",
    );
    const hasher = new XxHash64();
    const hashed = (text: string) => {
      hasher.hashBytes(new TextEncoder().encode(text));
      return String(BigInt.asIntN(64, (BigInt(hasher.high) << 32n) | BigInt(hasher.low >>> 0)));
    };
    assert.deepEqual(
      rows,
      rows.map((_row, n) => `${hashed('a😀'.repeat(Math.floor(n / 2)))} | ${hashed('x'.repeat(n))}`),
    );
  });

  it('combine by order and are long', async () => {
    await checkValues(harness, {
      "hash_many('a', 'b') == hash_combine(hash('a'), hash('b'))": 'true',
      "hash_many('a', 'b') == hash_many('b', 'a')": 'false',
      "hash_many('a', 'a') == hash_many('b', 'b')": 'false',
      "hash_many('a', 1, long(null)) == hash_combine(hash('a'), hash(1), hash(''))": 'true',
      'hash_combine(1, long(null))': 'null',
      "gettype(hash_many('a', 'b'))": "'long'",
    });
  });

  it('spread: every row is in exactly one slice', async () => {
    const { rows } = await harness.run(
      'range x from 1 to 4000 step 1 | summarize c = count() by s = hash(x, 4) | order by s asc',
    );
    assert.deepEqual(
      rows.map((row) => row.split(' | ')[0]),
      ['0', '1', '2', '3'],
    );
    for (const row of rows) assert.ok(Number(row.split(' | ')[1]) > 850, row);
  });

  it('a modulus must be a whole number above zero', () => {
    checkRefusals(harness, {
      'print hash(1, 0)': ['SEM0100', /modulus above 0/],
      'print hash(dynamic([1]))': ['SEM0100', /dynamic/],
      'print hash(1, -5)': ['SEM0100', /modulus above 0/],
    });
  });
});
