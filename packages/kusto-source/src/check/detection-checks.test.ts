import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { exitCodeOf } from '../cli/exit-code.ts';
import { runChecks } from './run-checks.ts';
import {
  counted,
  outline,
  policy,
  refused,
  resultOf,
  scriptedRun,
  type Rule,
  type ScriptedRun,
} from './testing/scripted-run.ts';

const whole = (
  rules: readonly Rule[],
  properties: Readonly<Record<string, string>>,
): Promise<ScriptedRun & { readonly told: ScriptedRun['results'] }> => {
  const told: ScriptedRun['results'][number][] = [];
  return scriptedRun(
    rules,
    async (run) => {
      const { config, reader, logger, signal, now } = run;
      const tell = (result: (typeof told)[number]): void => void told.push(result);
      Object.assign(run.findings, await runChecks({ config, reader, logger, signal, now, tell }));
    },
    properties,
  ).then((run) => ({ ...run, told }));
};

const security = (text: string): Rule => policy(/row_level_security/, text);
const off = security('');
const told = (run: { readonly told: ScriptedRun['results'] }, check: string) =>
  resultOf({ results: run.told }, check);

describe('a source that publishes deletes', () => {
  it('by latest: its windows, the keys that leave, and why it is latest', async () => {
    const run = await whole([off, counted(30, 3)], { KUSTO_QUERY: "T | where v != 'gone'" });
    assert.match(
      outline({ results: run.told }),
      /undated rows ok, detection ok, row security ok, window ok, keys ok, slices ok$/,
    );
    assert.match(
      told(run, 'detection')?.says ?? '',
      /latest, chosen by auto: .*leaves the filter is deleted/,
    );
    const { window, leavers, scan, slice } = run.findings.queries ?? { slice: '' };
    assert.match(window ?? '', /__drasi_live[^]*arg_max[^]*__drasi_first/);
    assert.match(leavers ?? '', /where not\(__drasi_live\)[^]*__drasi_was/);
    assert.equal(scan, undefined);
    assert.match(slice, /__drasi_live/, 'a bootstrap takes the newest row, and then looks whether it passes');
  });

  it('by scans: how much they read, and the digests that they ask for', async () => {
    const run = await whole([off, counted(1_000_000, 1)], { RECONCILE_INTERVAL: '60' });
    assert.match(outline({ results: run.told }), /row security ok, window ok, keys ok, slices ok, scan ok$/);
    assert.match(
      told(run, 'scan')?.says ?? '',
      /every 60 s .* hash 1,000,000 rows in 256 buckets: about 20 KB/,
    );
    assert.equal(run.findings.buckets, 256);
    assert.match(run.findings.queries?.scan ?? '', /binary_all_xor/);
    assert.ok(
      run.asked.some((text) => /where false[^]*binary_all_xor/.test(text)),
      'the text was tried',
    );
    assert.ok(!run.asked.includes(run.findings.queries?.scan ?? ''), 'and nothing was scanned');
  });

  it('of a query that is not row by row: neither cursors nor windows, and a key that is unique', async () => {
    const properties = { KUSTO_QUERY: 'T | summarize v = max(v) by k' };
    const run = await whole([off], properties);
    assert.match(
      outline({ results: run.told }),
      /key ok, detection ok, row security ok, keys ok, slices ok, scan ok$/,
    );
    assert.equal(run.findings.queries?.window, undefined);
    assert.match(run.findings.queries?.scan ?? '', /^T \| summarize/);
    const repeated = await whole([off, counted(30, 2)], properties);
    assert.match(outline({ results: repeated.told }), /keys fail$/);
    assert.match(told(repeated, 'keys')?.advice ?? '', /one row a key/);
    assert.equal(exitCodeOf(told(repeated, 'keys')?.error), 1);
  });

  it('fails at a scan that the service does not take', async () => {
    const run = await whole([off, [/binary_all_xor/, refused('no such function')]], {
      CHANGE_DETECTION: 'reconcile',
    });
    assert.match(outline({ results: run.told }), /slices ok, scan fail$/);
  });

  it('warns where row-level security is asked of a table that the query does not name', async () => {
    for (const [query, status] of [
      ['Other | summarize v = max(v) by k', 'warn'],
      ["materialized_view('Other')", 'warn'],
      ['Other | join kind=inner T on k', 'ok'],
      ["table('T') | summarize v = max(v) by k", 'ok'],
      ["['T'] | summarize v = max(v) by k", 'ok'],
    ] as const) {
      const run = await whole([off], { KUSTO_QUERY: query, CHANGE_DETECTION: 'reconcile' });
      assert.equal(told(run, 'row security')?.status, status, query);
      if (status === 'warn')
        assert.match(
          told(run, 'row security')?.advice ?? '',
          /^Set KUSTO_TABLE to the table that KUSTO_QUERY/,
        );
    }
  });

  it('may not look through row-level security, unless that is allowed', async () => {
    const on = security('{"IsEnabled":true,"Query":"F"}');
    const latest = { CHANGE_DETECTION: 'latest' };
    assert.match(outline({ results: (await whole([on], latest)).told }), /row security fail, window ok/);
    const allowed = await whole([on], { ...latest, ROW_LEVEL_SECURITY: 'allow' });
    assert.match(outline({ results: allowed.told }), /row security warn/);
    const untold = await whole([[/row_level_security/, refused('no', { status: 400 })]], latest);
    assert.match(outline({ results: untold.told }), /row security warn/);
    assert.equal(told(await whole([on], {}), 'row security'), undefined, 'append deletes nothing');
  });
});
