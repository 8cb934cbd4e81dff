import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, nat, property, string } from 'fast-check';
import '../testing/fixed-seed.ts';
import { cursorCall } from './cursor-calls.ts';
import { readCount, readFlag, readTexts, readTimespan, readWord } from './option-values.ts';
import { mergeOptions } from './query-options.ts';
import { resolveTable } from './table-references.ts';
import { noLimits, readLimits, serviceLimits, standardLimits } from './truncation.ts';

test('flags and counts take what clients send, and nothing else', () => {
  for (const value of [true, 'true', 'True', 1, '1']) assert.equal(readFlag({ f: value }, 'f'), true);
  for (const value of [undefined, null, '', false, 'false', 0, '0'])
    assert.equal(readFlag({ f: value }, 'f'), false);
  for (const value of ['yes', 2, [], {}]) assert.throws(() => readFlag({ f: value }, 'f'), /true or false/);
  for (const value of [5, '5', ' 5 ', 'long(5)']) assert.equal(readCount({ n: value }, 'n'), 5);
  assert.equal(readCount({}, 'n'), undefined);
  for (const value of [-1, 1.5, '1e3', true, 'many'])
    assert.throws(() => readCount({ n: value }, 'n'), /whole number/);
});

test('words, timespans and lists', () => {
  assert.equal(readWord({ w: 'KQL' }, 'w', ['csl', 'kql']), 'kql');
  assert.throws(() => readWord({ w: 'sql' }, 'w', ['csl', 'kql']), /one of: csl, kql/);
  assert.equal(readTimespan({ t: '00:00:01' }, 't'), 10_000_000n);
  assert.equal(readTimespan({ t: 'time(00:00:01)' }, 't'), 10_000_000n);
  for (const value of ['', '0', '-00:00:01', 5])
    assert.throws(() => readTimespan({ t: value }, 't'), /timespan/);
  for (const value of [['a'], '["a"]', 'dynamic(["a"])'])
    assert.deepEqual(readTexts({ l: value }, 'l'), ['a']);
  for (const value of ['a', [1], {}]) assert.throws(() => readTexts({ l: value }, 'l'), /array of strings/);
});

test('limits: notruncation counts only where nothing else is said', () => {
  assert.deepEqual(readLimits({}, serviceLimits), { maxRecords: 500_000, maxBytes: 67_108_864 });
  assert.deepEqual(readLimits({ notruncation: true }, serviceLimits), noLimits);
  assert.deepEqual(readLimits({ notruncation: true, truncationmaxsize: 5 }, serviceLimits), {
    maxRecords: 500_000,
    maxBytes: 5,
  });
  assert.deepEqual(readLimits({ truncationmaxrecords: 1_000_000 }, noLimits), {
    maxRecords: 1_000_000,
    maxBytes: undefined,
  });
  assert.deepEqual([standardLimits(undefined), standardLimits(true)], [serviceLimits, serviceLimits]);
  assert.equal(standardLimits(false), noLimits);
});

test('of a limit in the request and in the text the lower counts; otherwise the text’s', () => {
  check(
    property(nat(), nat(), (a, b) => {
      const merged = mergeOptions({ truncationmaxrecords: a, x: 1 }, { truncationmaxrecords: b, x: 2 });
      assert.deepEqual(merged, { truncationmaxrecords: Math.min(a, b), x: 2 });
    }),
  );
  assert.deepEqual(mergeOptions({}, { truncationmaxsize: 3 }), { truncationmaxsize: 3 });
});

test('references of tables', () => {
  const database = {
    name: 'My DB',
    version: 1,
    tables: ['T', 'a b', 'x.y'].map((name) => ({ name, columns: [], relation: '' })),
  };
  for (const [text, name] of [
    ['T', 'T'],
    ["['T']", 'T'],
    ['["T"]', 'T'],
    ["['My DB'].['a b']", 'a b'],
    ['a b', 'a b'],
    ['x.y', 'x.y'],
    ["['My DB'].T", 'T'],
  ] as const) {
    assert.equal(resolveTable(text, database), name);
  }
  for (const text of ['t', "['Other'].['T']", 'Other.T', '', "['T'"]) {
    assert.throws(() => resolveTable(text, database), /query_cursor_scoped_tables names/);
  }
});

test('the place of a cursor function is found outside of strings and comments', () => {
  assert.equal(cursorCall('T | where x == "cursor_after(" // cursor_after()\n'), undefined);
  assert.equal(
    cursorCall(String.raw`print '\'cursor_after(', @"\", xcursor_after(1), cursor_after`),
    undefined,
  );
  assert.deepEqual(cursorCall(String.raw`T | where @'\' == a and cursor_before_or_at (c)`), {
    name: 'cursor_before_or_at',
    span: { start: 24, length: 19 },
  });
  check(
    property(string(), (text) => {
      const call = cursorCall(text);
      assert.ok(call === undefined || text.slice(call.span.start).startsWith(call.name));
    }),
  );
});
