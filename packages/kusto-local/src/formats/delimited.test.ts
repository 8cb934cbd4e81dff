import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as check, constantFrom, integer, property, string } from 'fast-check';
import '../testing/fixed-seed.ts';
import { DelimitedScanner, delimitedRecords } from './delimited.ts';

const records = (text: string, delimiter = ','): string[][] => [...delimitedRecords(text, delimiter)];

test('fields, quotes, doubled quotes, line breaks in quotes', () => {
  assert.deepEqual(records('a,b\n"x,y","say ""hi""\r\nthere"\r\n\n,\n'), [
    ['a', 'b'],
    ['x,y', 'say "hi"\r\nthere'],
    ['', ''],
  ]);
});

test('a last record without a line break, another delimiter', () => {
  assert.deepEqual(records('a'), [['a']]);
  assert.deepEqual(records('a,'), [['a', '']]);
  assert.deepEqual(records('a\tb,c', '\t'), [['a', 'b,c']]);
  assert.deepEqual(records(''), []);
});

test('a quote that is not closed is refused with the record it is in', () => {
  for (const text of ['1,"open, a\nb', '1,"x""', 'a\n"']) {
    assert.throws(() => records(text), /a quote is not closed in record \d/, text);
  }
  assert.throws(() => records('a,b\n"c,d'), /in record 2/);
});

test('pieces give the same records, wherever they are cut', () => {
  const unit = constantFrom('a', '"', ',', '\n', '\r', '""', 'é', '"b"');
  check(
    property(string({ unit, maxLength: 20 }), integer({ min: 1, max: 6 }), (text, size) => {
      const whole = attempt(() => records(text));
      const scanned = attempt(() => {
        const scanner = new DelimitedScanner(',');
        const found: string[][] = [];
        for (let start = 0; start < text.length; start += size)
          found.push(...scanner.push(text.slice(start, start + size), false));
        return [...found, ...scanner.push('', true)];
      });
      assert.deepEqual(scanned, whole);
    }),
  );
});

function attempt<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    return String(error);
  }
}

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
