import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KustoError } from '@drasi-kusto/kusto-client';
import { checkService } from './service-checks.ts';
import {
  checkedRun,
  commandTable,
  outline,
  refused,
  scriptedConfig,
  scriptedRun,
  table,
  type Rule,
  type ScriptedRun,
} from './testing/scripted-run.ts';

const service = (...rules: readonly Rule[]): Promise<ScriptedRun> => scriptedRun(rules, checkService);
const codeOf = ({ results }: Pick<ScriptedRun, 'results'>): string | undefined => {
  const { error } = results.at(-1) ?? {};
  return error instanceof KustoError ? error.code : undefined;
};

describe('the service', () => {
  it('that answers is told with the time it took, and who is signed in', async () => {
    const run = await service();
    assert.equal(outline(run), 'reachable ok, identity ok, database ok');
    assert.match(run.results[0]?.says ?? '', /answered in 0\.13 s/);
    assert.equal(run.results[1]?.says, 'Signed in as aadapp=1;2.');
    assert.deepEqual(run.findings, { answerMs: 125, identity: 'aadapp=1;2' });
  });

  it('may tell a name as well, or nothing of who is signed in, which is passed over', async () => {
    const named = table(
      [
        ['Identity', 'string'],
        ['Name', 'string'],
      ],
      ['"aaduser=1;2"', '"A Person"'],
    );
    assert.match((await service([/details/, named])).results[1]?.says ?? '', /as A Person, aaduser=1;2\.$/);
    const shy = await service([/principal/, refused('no such function')]);
    assert.equal(outline(shy), 'reachable ok, database ok');
    const shorter = await service([/details/, refused('no such function')]);
    assert.equal(shorter.findings.identity, 'aadapp=1;2');
  });

  it('that nobody runs is unreachable', async () => {
    const run = await checkedRun(scriptedConfig('http://127.0.0.1:9'), checkService);
    assert.equal(outline(run), 'reachable fail');
    assert.equal(run.ended, true);
    assert.equal(codeOf(run), 'KUSTO_UNREACHABLE');
  });

  it('that denies is reachable, and says what right is missing', async () => {
    for (const status of [401, 403]) {
      const run = await service([/^print Now/, refused('Principal is not authorized', { status })]);
      assert.equal(outline(run), 'reachable ok, identity fail');
      assert.equal(codeOf(run), 'KUSTO_DENIED');
      assert.match(run.results[1]?.advice ?? '', /\.add database/);
    }
  });

  it('without the database names the nearest one', async () => {
    const names = commandTable([['DatabaseName', 'string']], ['"DB1"'], ['"DB"']);
    const run = await service(
      [/^print Now/, refused("Database 'db' was not found.", { code: 'BadRequest_DatabaseNotExist' })],
      [/show databases/, names],
    );
    assert.equal(outline(run), 'reachable ok, database fail');
    assert.match(run.results[1]?.says ?? '', /was not found\. \(activity|was not found\.$/);
    assert.match(run.results[1]?.advice ?? '', /did you mean DB\?$/);
  });

  it('that is none of Kusto, or is failing, is not taken for a wrong database', async () => {
    const page = await service([/^print Now/, { status: 404, body: '<html>nothing here</html>' }]);
    assert.equal(outline(page), 'reachable fail');
    assert.match(page.results[0]?.advice ?? '', /address for queries/);
    const busy = await service([/^print Now/, { status: 503 }]);
    assert.equal(outline(busy), 'reachable fail');
    assert.match(busy.results[0]?.advice ?? '', /later/);
  });
});
