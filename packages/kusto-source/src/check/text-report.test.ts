import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { array, assert as check, constantFrom, integer, property, string } from 'fast-check';
import { sentence, type CheckResult } from './check-run.ts';
import { checkLines, queryLines, summaryLine } from './text-report.ts';

const result = (more: Partial<CheckResult> = {}): CheckResult => ({
  check: 'keys',
  status: 'warn',
  says: 'k repeats.',
  advice: 'Add a column.',
  ...more,
});
const word = string({ minLength: 1, maxLength: 12, unit: constantFrom('a', 'b', 'ü') });

describe('the report for people', () => {
  it('is a line a check where no terminal is', () => {
    assert.deepEqual(checkLines(result(), { width: undefined, colour: false }), [
      'warn  keys           k repeats. Add a column.',
    ]);
  });

  it('never is wider than the terminal, loses no word, and stands under itself', () => {
    check(
      property(
        array(word, { minLength: 1, maxLength: 60 }),
        integer({ min: 45, max: 80 }),
        (words, width) => {
          const lines = checkLines(result({ says: words.join(' ') }), { width, colour: false });
          for (const line of lines) assert.ok(line.length <= width, line);
          for (const line of lines.slice(1)) assert.match(line, /^ {21}\S/);
          const text = lines.map((line) => line.slice(21)).join(' ');
          assert.equal(text, `${words.join(' ')} Add a column.`);
        },
      ),
    );
  });

  it('is coloured when asked, with the same text', () => {
    for (const status of ['ok', 'warn', 'fail'] as const) {
      const [line = ''] = checkLines(result({ status }), { width: 80, colour: true });
      assert.ok(line.startsWith('\u001b['));
      assert.deepEqual(
        [stripVTControlCharacters(line)],
        checkLines(result({ status }), { width: 80, colour: false }),
      );
    }
  });

  it('lets no text of the service move the cursor', () => {
    const says = 'bad \u001b[2J\u0007text\r\nmore';
    assert.deepEqual(checkLines(result({ says }), { width: undefined, colour: false }), [
      'warn  keys           bad text more Add a column.',
    ]);
  });

  it('has the queries as they are', () => {
    const text = queryLines({ position: 'print 1', window: 'T\n| where x', slice: 'T' }, 'db').join('\n');
    assert.match(text, /^\/\/ .*\nT\n\| where x$/m);
  });

  it('ends with what it comes to', () => {
    assert.match(summaryLine([result({ status: 'ok' })]), /^The source works\.$/);
    assert.match(summaryLine([result(), result()]), /2 warnings/);
    assert.match(summaryLine([result(), result({ status: 'fail' })]), /^One check failed/);
  });

  it('closes a sentence once', () => {
    assert.equal(sentence('The service says: no..'), 'The service says: no.');
    assert.equal(sentence('Did you mean k?.'), 'Did you mean k?');
  });
});
