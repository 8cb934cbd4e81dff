import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkFeed, checkWindow } from './feed-checks.ts';
import {
  outline,
  policy,
  refused,
  resultOf,
  scriptedRun,
  table,
  type Rule,
  type ScriptedRun,
} from './testing/scripted-run.ts';

const feed = (
  rules: readonly Rule[],
  properties: Readonly<Record<string, string>> = {},
): Promise<ScriptedRun> =>
  scriptedRun(
    rules,
    async (run) => {
      const position = await checkFeed(run);
      const checked = {
        config: run.config,
        detection: 'append',
        indexed: false,
        scanEveryMs: undefined,
      } as const;
      await checkWindow(run, checked, [{ name: 'k', type: 'long' }], position);
    },
    properties,
  );

const result = (run: ScriptedRun, check: string): { says: string; advice: string } => {
  const { says = '', advice = '' } = resultOf(run, check) ?? {};
  return { says, advice };
};

describe('what the feed needs', () => {
  it('is there: cursors, ingestion times, and a service that takes the text of a window', async () => {
    const run = await feed([]);
    assert.equal(outline(run), 'cursors ok, ingestion time ok, undated rows ok, window ok');
    assert.deepEqual(run.findings, {
      position: { cursor: '7', now: '2026-01-01T00:00:00Z' },
      undatedRows: 0,
    });
    const window = run.asked.at(-1) ?? '';
    assert.match(window, /cursor_after\("7"\) and cursor_before_or_at\("7"\)/);
    assert.match(window, /hash\(\['k'\], 2\)[^]*arg_max/, 'a slice and a fold at once');
  });

  it('fails without cursors, which is nobody’s configuration', async () => {
    const run = await feed([[/^print Cursor/, refused('there are no cursors')]]);
    assert.equal(outline(run), 'cursors fail');
    assert.equal(run.ended, true);
    assert.equal(run.results[0]?.error, undefined);
  });

  it('warns where ingestion times have to do in place of cursors', async () => {
    const run = await feed([
      [/^print Cursor/, refused('there are no cursors')],
      [
        /max\(ingestion_time\(\)\)/,
        table(
          [
            ['Cursor', 'datetime'],
            ['Now', 'datetime'],
          ],
          ['"2026-01-01T00:00:00Z"', '"2026-01-01T00:01:00Z"'],
        ),
      ],
      [/ingestion_time\(\) > /, table([['k', 'long']])],
    ]);
    assert.equal(outline(run), 'cursors warn, ingestion time ok, undated rows ok, window ok');
    assert.match(result(run, 'cursors').advice, /found by scans/);
  });

  it('fails where the ingestion-time policy is off, and says how to turn it on', async () => {
    for (const text of ['{"IsEnabled":false}', 'null', '']) {
      const run = await feed([policy(/policy/, text)]);
      assert.equal(outline(run), 'cursors ok, ingestion time fail, undated rows ok, window ok', text);
      assert.match(result(run, 'ingestion time').advice, /\.alter table \['T'\] policy ingestiontime true/);
    }
  });

  it('warns where the policy is not told', async () => {
    for (const rule of [
      policy(/policy/, 'what is this'),
      policy(/policy/, '{}'),
      [/policy/, refused('no', { status: 403 })] as const,
    ]) {
      const run = await feed([rule]);
      assert.match(outline(run), /ingestion time warn, undated rows ok/);
    }
  });

  it('warns of rows that only a bootstrap has, or nobody', async () => {
    const undated: Rule = [/isnull/, table([['Rows', 'long']], ['1200'])];
    const run = await feed([undated]);
    assert.match(outline(run), /undated rows warn/);
    assert.equal(run.findings.undatedRows, 1200);
    assert.match(result(run, 'undated rows').says, /^1,200 rows have no/);
    assert.match(result(run, 'undated rows').advice, /in every bootstrap/);
    const cut = await feed([undated], { BOOTSTRAP_WINDOW: '60' });
    assert.match(result(cut, 'undated rows').advice, /in no bootstrap/);
  });

  it('goes on when the undated rows cannot be counted', async () => {
    const run = await feed([[/isnull/, refused('too much')]]);
    assert.match(outline(run), /undated rows warn, window ok/);
    assert.equal(run.findings.undatedRows, undefined);
  });

  it('fails when the text of a window is refused', async () => {
    const run = await feed([[/cursor_after/, refused('cursor_after() is not for views')]]);
    assert.match(outline(run), /window fail$/);
    assert.match(result(run, 'window').says, /not for views/);
  });
});
