import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SourceReader } from '../query/source-reader.ts';
import { jsonReport } from './json-report.ts';
import { runChecks } from './run-checks.ts';
import type { CheckResult } from './check-run.ts';
import { outline, refused, scriptedRun, type Rule } from './testing/scripted-run.ts';

async function all(
  rules: readonly Rule[],
  properties: Readonly<Record<string, string>> = {},
): Promise<{ results: CheckResult[]; report: Record<string, unknown> }> {
  const results: CheckResult[] = [];
  let report = '';
  await scriptedRun(
    rules,
    async ({ config, reader, logger, signal, now }) => {
      const findings = await runChecks({
        config,
        reader,
        logger,
        signal,
        now,
        tell: (result) => results.push(result),
      });
      report = jsonReport(config, results, findings, 0);
    },
    properties,
  );
  return { results, report: JSON.parse(report) as Record<string, unknown> };
}

describe('all checks', () => {
  it('run in order, and end with the detection and the queries that will be sent', async () => {
    const { results, report } = await all([]);
    assert.equal(
      outline({ results }),
      'configuration ok, reachable ok, identity ok, database ok, table ok, query ok, key ok, cursors ok, ' +
        'ingestion time ok, undated rows ok, detection ok, window ok, keys ok, slices ok',
    );
    assert.match(
      results.find(({ check }) => check === 'detection')?.says ?? '',
      /^Change detection is append, chosen by auto: .*a key that comes again replaces its element/,
    );
    const { position, window, slice } = report['queries'] as Record<string, string>;
    assert.match(position ?? '', /cursor_current\(\)/);
    assert.match(window ?? '', /cursor_after\("7"\) and cursor_before_or_at\("7"\)[^]*arg_max/);
    assert.match(slice ?? '', /cursor_before_or_at\("7"\) or isnull/);
    assert.doesNotMatch(
      slice ?? '',
      /arg_max|hash/,
      'unique keys of a small table need neither fold nor slice',
    );
  });

  it('tell each warning of the configuration', async () => {
    const { results } = await all([], { POLLING_INTERVAL: '500' });
    assert.equal(outline({ results }).split(', ')[0], 'configuration warn');
  });

  it('end with the first that leaves nothing to be asked', async () => {
    const { results, report } = await all([[/^table\(/, refused('no such table')]]);
    assert.match(outline({ results }), /database ok, table fail$/);
    assert.equal(report['queries'], undefined);
    const denied = await all([[/isnull\(ingestion_time\(\)\);/, refused('no longer', { status: 403 })]]);
    assert.match(outline(denied), /undated rows fail$/);
  });

  it('go on behind a failure that leaves something to be asked', async () => {
    const { results } = await all([[/policy/, refusedPolicy]]);
    assert.match(outline({ results }), /ingestion time fail, .*slices ok$/);
  });

  it('become a result also where the service fails at the very end', async () => {
    let asked = 0;
    const once: Rule = [
      {
        test: (text: string) => text.startsWith('print Cursor') && (asked += 1) > 1,
      },
      { status: 503 },
    ];
    const { results, report } = await all([once]);
    assert.match(outline({ results }), /slices ok, cursors fail$/);
    assert.equal(report['queries'], undefined);
  });

  it('stop when the program is told to', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stopped by SIGINT'));
    await scriptedRun([], async ({ config, logger, now }) => {
      await using reader = new SourceReader({ config, logger, env: {} });
      await assert.rejects(
        runChecks({ config, reader, logger, signal: stop.signal, now, tell: () => {} }),
        /SIGINT/,
      );
    });
  });
});

const refusedPolicy = {
  body: '{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"Policy","ColumnType":"string"}],"Rows":[["null"]]}]}',
};
