import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommandReader } from './command-reader.ts';
import { inlineData } from './ingestion/ingest-inline.ts';
import { queryBehind } from './query-text.ts';

/** A reader behind the verb. */
function behindVerb(text: string): CommandReader {
  const reader = new CommandReader(text);
  reader.verb();
  return reader;
}

test('tables: types and their aliases, quoted names, properties, comments', () => {
  const reader = behindVerb(`// a comment
.CREATE table ['My "T"'] (a: int, ['b c']: date, d:double, e:uuid ) // another
  with (docstring = "it's \\"here\\"", Folder=@'a\\b', x=y);`);
  reader.keyword('table');
  assert.equal(reader.name('table'), 'My "T"');
  assert.deepEqual(reader.columns(), [
    { name: 'a', type: 'int' },
    { name: 'b c', type: 'datetime' },
    { name: 'd', type: 'real' },
    { name: 'e', type: 'guid' },
  ]);
  assert.deepEqual(
    [...reader.properties()],
    [
      ['docstring', `it's "here"`],
      ['folder', 'a\\b'],
      ['x', 'y'],
    ],
  );
  reader.end();
});

test('inline data begins behind the mark, its line break left out, and is taken as it stands', () => {
  const data = (text: string): string => inlineData(behindVerb(`.ingest ${text}`));
  assert.equal(data('<|\n  a // no comment\n b'), '  a // no comment\n b');
  assert.equal(data('<| \r\n1,2'), '1,2');
  assert.equal(data('<| {}'), '{}');
});

test('a query behind a command keeps its place', () => {
  const text = '.append\nTarget <| Source | take 1';
  const reader = behindVerb(text);
  assert.equal(reader.name('table'), 'Target');
  const query = queryBehind(reader);
  assert.equal(query.length, text.length);
  assert.equal(query.trim(), 'Source | take 1');
  assert.equal(query.indexOf('Source'), text.indexOf('Source'));
  assert.equal(query.indexOf('\n'), text.indexOf('\n'));
});
