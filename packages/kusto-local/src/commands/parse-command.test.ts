import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KustoServiceError } from '../errors.ts';
import { isCommand, parseCommand } from './parse-command.ts';

test('tables: types and their aliases, quoted names, properties, comments', () => {
  assert.deepEqual(
    parseCommand(`// a comment
.create table ['My "T"'] (a: int, ['b c']: date, d:double, e:uuid ) // another
  with (docstring = "it's \\"here\\"", Folder=@'a\\b', x=y)`),
    {
      kind: 'create-table',
      name: 'My "T"',
      columns: [
        { name: 'a', type: 'int' },
        { name: 'b c', type: 'datetime' },
        { name: 'd', type: 'real' },
        { name: 'e', type: 'guid' },
      ],
      properties: new Map([
        ['docstring', `it's "here"`],
        ['folder', 'a\\b'],
        ['x', 'y'],
      ]),
      merge: false,
    },
  );
  assert.partialDeepStrictEqual(parseCommand('.CREATE-MERGE TABLE T(a:long);'), { name: 'T', merge: true });
  assert.deepEqual(parseCommand('.drop tables (A, B) ifexists'), {
    kind: 'drop-tables',
    names: ['A', 'B'],
    ifExists: true,
  });
});

test('inline data begins behind the mark, its line break left out, and is taken as it stands', () => {
  const data = (text: string): string => {
    const command = parseCommand(`.ingest inline into table T ${text}`);
    return command.kind === 'ingest-inline' ? command.data : '';
  };
  assert.equal(data('<|\n  a // no comment\n b'), '  a // no comment\n b');
  assert.equal(data('<| \r\n1,2'), '1,2');
  assert.equal(data("with (format='json') <| {}"), '{}');
});

test('a query to ingest from keeps its place', () => {
  const text = '.set-or-append Target with (folder="f") <| Source | take 1';
  const command = parseCommand(text);
  assert.ok(command.kind === 'ingest-query');
  assert.deepEqual(
    [command.mode, command.table, text.slice(command.offset)],
    ['set-or-append', 'Target', ' Source | take 1'],
  );
});

test('errors say what is expected and where', () => {
  const failures: readonly [string, RegExp][] = [
    [
      '.create table T (a: strng)',
      /a type is expected here \(bool, .*, but there is 'strng\)'. \[line:position=1:21\]/,
    ],
    ['.create table\n T a', /'\(' is expected here, but there is 'a'. \[line:position=2:4\]/],
    ['.drop table T now', /the command should end here, but there is 'now'/],
    ['.show tables | count', /a query over the result of a command is not supported/],
    [
      '.show table T weather',
      /'policy' is expected|not supported by this endpoint.*Supported commands: \.create/s,
    ],
    ['.frob table T', /not supported by this endpoint, but there is '\.frob'.*Supported commands/s],
    [".create table ['T (a:int)", /a string literal is not closed/],
    ['.set async T <| X', /leave "async" out/],
    ['.ingest inline into table T [1]', /'<\|' is expected here/],
    ['show tables', /starts with a dot/],
  ];
  for (const [text, message] of failures) {
    assert.throws(
      () => parseCommand(text),
      (error) =>
        error instanceof KustoServiceError && message.test(error.message) && error.innerCode === 'SYN0002',
      text,
    );
  }
});

test('a command is known by its dot, behind spaces and comments', () => {
  for (const text of ['.show tables', ' \n.drop', '// c\n  .show']) assert.ok(isCommand(text), text);
  for (const text of ['T', '// .show\nT', '', 'print .5']) assert.ok(!isCommand(text), text);
});
