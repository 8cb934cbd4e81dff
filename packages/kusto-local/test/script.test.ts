import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { commandType, splitScript } from '../src/commands/execute-script.ts';
import { asking, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;
const { rows } = asking(() => fixture);

before(async () => {
  fixture = await Fixture.start();
});

after(() => fixture[Symbol.asyncDispose]());

test('a script: its commands in order, comments and empty lines between them, shows left out', async () => {
  const answer = await rows(`.execute database script <|
// tables
.create-merge table T(a: string,
   b: string)

.ingest inline into table T <|
1,x
// not data, but a comment before the next command
.alter-merge table T policy retention softdelete = 10d
.show tables
.set-or-append T <| T
  | extend a = "2"`);
  assert.deepEqual(
    answer.map(([, type, , result, reason]) => [type, result, reason]),
    [
      ['TableCreate', 'Completed', ''],
      ['InlineIngest', 'Completed', ''],
      ['RetentionPolicyAlter', 'Completed', ''],
      ['TablesShow', 'Skipped', ''],
      ['TableSetOrAppend', 'Completed', ''],
    ],
  );
  assert.equal(answer[1]?.[2], '.ingest inline into table T <|\n1,x');
  assert.deepEqual(await rows('T | order by a asc'), [
    ['1', 'x'],
    ['2', 'x'],
  ]);
});

test('the first error ends a script, unless it goes on or throws', async () => {
  const script = '.create table U (a: int)\n.drop table Nope\n.create table V (a: int)';
  const results = async (properties: string): Promise<unknown[]> =>
    (await rows(`.execute database script ${properties} <| ${script}`)).map((row) => row[3]);
  assert.deepEqual(await results(''), ['Completed', 'Failed']);
  const lines = async (properties: string): Promise<unknown[]> =>
    (await rows(`.execute database script ${properties} <|\n${script}`)).map((row) => row[3]);
  assert.deepEqual(await lines(''), ['Completed', 'Failed']);
  await assert.rejects(rows('.show table V cslschema'), /was not found/);
  assert.deepEqual(await lines('with (ContinueOnErrors = true)'), ['Completed', 'Failed', 'Completed']);
  await rows('.show table V cslschema');
  await assert.rejects(lines('with (ThrowOnErrors = true)'), /Table 'Nope' was not found/);
  await assert.rejects(lines('with (ThrowOnErrors = true, ContinueOnErrors = true)'), /give one/);
  await assert.rejects(rows('.execute database script <| T | count'), /consists of management commands/);
});

test('the pieces of a script and the names of their commands', () => {
  assert.deepEqual(splitScript('// a\n\n.a b\n c // d\n\n// e\n  .f g\n'), ['.a b\n c // d', '.f g']);
  assert.throws(() => splitScript('x\n.show tables'), /consists of/);
  assert.equal(commandType('.create-or-alter function F() { 1 }'), 'FunctionCreateOrAlter');
  assert.equal(commandType('.alter tables (A, B) policy ingestiontime true'), 'IngestiontimePolicyAlter');
});
