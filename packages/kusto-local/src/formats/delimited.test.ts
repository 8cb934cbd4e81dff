import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, constantFrom, property, string } from 'fast-check';
import { delimitedRecords } from './delimited.ts';

const records = (text: string, delimiter = ','): string[][] => [...delimitedRecords(text, delimiter)];

test('fields, quotes, doubled quotes, line breaks in quotes', () => {
  assert.deepEqual(records('a,b\n"x,y","say ""hi""\r\nthere"\r\n\n,\n'), [
    ['a', 'b'],
    ['x,y', 'say "hi"\r\nthere'],
    ['', ''],
  ]);
});

test('a last record without a line break, an unclosed quote, another delimiter', () => {
  assert.deepEqual(records('a'), [['a']]);
  assert.deepEqual(records('a,'), [['a', '']]);
  assert.deepEqual(records('"open, a\nb'), [['open, a\nb']]);
  assert.deepEqual(records('a\tb,c', '\t'), [['a', 'b,c']]);
  assert.deepEqual(records(''), []);
});

test('what a writer quotes, the reader gives back', () => {
  const field = string({ unit: constantFrom('a', '"', ',', '\n', '\r', ' ', 'é', '😀') });
  check(
    property(array(array(field, { minLength: 1, maxLength: 5 }), { maxLength: 6 }), (rows) => {
      const text = rows
        .map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(','))
        .join('\r\n');
      assert.deepEqual(records(text), rows);
    }),
  );
});
