import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exitCodeOf } from '../cli/exit-code.ts';
import { checkTable } from './table-checks.ts';
import {
  commandTable,
  outline,
  refused,
  scriptedRun,
  table,
  type Rule,
  type ScriptedRun,
} from './testing/scripted-run.ts';

const tables = (
  rules: readonly Rule[],
  properties: Readonly<Record<string, string>> = {},
): Promise<ScriptedRun> => scriptedRun(rules, checkTable, properties);

const last = ({ results }: ScriptedRun): { says: string; advice: string; exitCode: number } => {
  const { says = '', advice = '', error } = results.at(-1) ?? {};
  return { says, advice, exitCode: exitCodeOf(error) };
};

describe('the table', () => {
  it('and the columns of its query are told, with their types', async () => {
    const run = await tables([]);
    assert.equal(outline(run), 'table ok, query ok, key ok');
    assert.match(run.results[1]?.says ?? '', /^The table T gives 2 columns: k \(long\), v \(string\)\.$/);
    assert.deepEqual(
      run.findings.columns?.map(({ name }) => name),
      ['k', 'v'],
    );
    const wide = table(Array.from({ length: 40 }, (_, index) => [`k${index || ''}`, 'long'] as const));
    assert.match(
      (await tables([[/\] *\n\| take 0$/, wide]])).results[1]?.says ?? '',
      /k11 \(long\) and 28 more\.$/,
    );
  });

  it('that is not there is named beside the nearest one', async () => {
    const run = await tables([
      [/T["'].*take 0$/, refused("SEM0100: Failed to resolve 'T'")],
      [/show tables/, commandTable([['TableName', 'string']], ['"T1"'], ['"Other"'])],
    ]);
    assert.equal(outline(run), 'table fail');
    assert.equal(run.ended, true);
    assert.match(last(run).advice, /did you mean T1\?$/);
    assert.equal(last(run).exitCode, 2);
  });

  it('may turn out to be a view or a function', async () => {
    const run = await tables([[/^table\(/, refused("SEM0100: Failed to resolve 'T'")]]);
    assert.equal(outline(run), 'table fail');
    assert.match(last(run).says, /no table, but a view or a function/);
    assert.equal(last(run).exitCode, 2);
  });

  it('that may not be read ends with the code of a denial', async () => {
    const run = await tables([[/^table\(/, refused('not authorized', { status: 403 })]]);
    assert.equal(outline(run), 'table fail');
    assert.equal(last(run).exitCode, 4);
  });
});

describe('the query and its key', () => {
  it('is refused in the words of the service', async () => {
    const run = await tables([[/where/, refused("SEM0100: no column 'x'")]], {
      KUSTO_QUERY: 'T | where x > 1',
    });
    assert.equal(outline(run), 'table ok, query fail');
    assert.match(last(run).says, /KUSTO_QUERY: .*no column 'x'/);
    assert.equal(last(run).exitCode, 2);
  });

  it('has to hold the key, in a type that can be one', async () => {
    const missing = await tables([], { PRIMARY_KEY: 'K' });
    assert.equal(outline(missing), 'table ok, query ok, key fail');
    assert.match(last(missing).says, /did you mean k\?$/);
    const unfit = await tables([[/take 0$/, table([['k', 'dynamic']])]]);
    assert.match(last(unfit).says, /is dynamic/);
    assert.equal(last(unfit).exitCode, 2);
    const composite = await tables([], { PRIMARY_KEY: 'v,k' });
    assert.match(last(composite).says, /k \(long\), v \(string\)/);
  });
});

describe('what tells the newest row of a key', () => {
  it('is a column of the result, before anything is asked about windows', async () => {
    const run = await tables([], { VERSION_COLUMN: 'K' });
    assert.equal(outline(run), 'table ok, query ok, key ok, detection fail');
    assert.match(last(run).says, /^VERSION_COLUMN: the column "K" .*did you mean k\?$/);
    assert.deepEqual([run.ended, last(run).exitCode], [true, 2]);
  });

  it('is, for what is gone, a predicate', async () => {
    const typed = (type: 'bool' | 'long'): Rule => [/project .*__drasi_deleted/, table([['d', type]])];
    const properties = { DELETED_WHEN: 'gone' };
    const text = await tables([typed('long')], properties);
    assert.equal(outline(text), 'table ok, query ok, key ok, detection fail');
    assert.match(last(text).says, /^DELETED_WHEN: the expression is long, and has to be bool/);
    assert.equal(last(text).exitCode, 2);
    assert.equal(outline(await tables([typed('bool')], properties)), 'table ok, query ok, key ok');
  });
});
