import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KustoServiceError } from '../errors.ts';
import { commandDefinitions } from './command-list.ts';
import { isCommand, parseCommand } from './parse-command.ts';

test('whether a command changes anything', () => {
  const changing = [
    '.CREATE-MERGE TABLE T(a:long);',
    '.create database D',
    '.drop tables (A, B) ifexists',
    ".ingest inline into table T with (format='json') <| {}",
    '.set-or-append Target with (folder="f") <| Source | take 1',
    '.alter table T policy ingestiontime false',
  ];
  for (const text of changing) assert.ok(parseCommand(text).changes, text);
  const showing = ['.show tables (A)', '.show table T cslschema', '.show cluster', '.show version'];
  for (const text of showing) assert.ok(!parseCommand(text).changes, text);
});

test('every definition is for a verb, and its syntax says so', () => {
  for (const { syntax, verb } of commandDefinitions) {
    if (syntax !== '') assert.ok(syntax.startsWith(verb), `${syntax}: ${verb}`);
  }
});

test('errors say what is expected and where', () => {
  const failures: readonly [string, RegExp][] = [
    [
      '.create table T (a: strng)',
      /a type is expected here \(bool, .*, but there is 'strng\)'. \[line:position=1:21\]/,
    ],
    ['.create table\n T a', /'\(' is expected here, but there is 'a'. \[line:position=2:4\]/],
    ['.drop table T now', /the command should end here, but there is 'now'/],
    ['.show tables | count', /not supported by this endpoint/],
    ['.show table T weather', /not supported by this endpoint.*Supported commands: \.show/s],
    ['.show tabels', /Supported commands: (?:\.show[^;]*(?:; |$))+$/],
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
