import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { main } from './cli.ts';
import { conformanceChecks, conforms, runConformance, textReport } from './index.ts';
import type { CheckResult, ConformanceOptions } from './index.ts';

const plain = fileURLToPath(new URL('testing/plain-source.ts', import.meta.url));
const counter = fileURLToPath(new URL('../../examples/counter/counter.ts', import.meta.url));
const node = `"${process.execPath}"`;
const onLinux = process.platform === 'linux';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'conformance-'));
});
after(() => rm(folder, { recursive: true, force: true }));

let files = 0;
function plainSource(
  broken: string,
  more: Record<string, string> = {},
  patienceMs = 10_000,
): ConformanceOptions {
  files += 1;
  const breakFile = join(folder, `break-${files}`);
  return {
    sourceId: 'plain',
    nodeLabels: ['N'],
    proxyCommand: `${node} ${plain} proxy`,
    reactivatorCommand: `${node} ${plain} reactivator`,
    breakCommand: `touch ${breakFile}`,
    env: { BROKEN: broken, BREAK_FILE: breakFile, ...more },
    patienceMs,
  };
}

const failures = (results: readonly CheckResult[]): readonly string[] =>
  results.filter(({ outcome }) => outcome === 'failed').map(({ id, detail }) => `${id}: ${detail}`);

/** 64 MB: more than the sockets between two processes take. */
const LARGE = { ELEMENTS: '16000', PADDING: '4000' };

/** What each defect is found by, and what is said of it. Nothing else is asked: one defect may break several things. */
const defects: readonly (readonly [
  check: string,
  defect: string,
  detail: RegExp,
  more?: Record<string, string>,
])[] = [
  ['supports-stream', 'supports-200', /GET was answered with 200/],
  ['bootstrap-lines', 'no-properties', /"properties" of "n:0" is missing/],
  ['bootstrap-lines', 'half-relation', /"endId" of "n:3" is missing/],
  ['bootstrap-lines', 'no-last-line-end', /last line has no line end/],
  ['bootstrap-unique-ids', 'twice', /"n:8" came twice/],
  ['bootstrap-labels', 'other-label', /"n:7" has the labels Other/],
  ['bootstrap-one-label', 'two-labels', /"n:0" has the labels N, M/],
  ['bootstrap-ascii', 'utf8', /is no ASCII/],
  ['bootstrap-repeats', 'one-at-a-time', /\d+ of \d+ ids came in one of them only/],
  ['unowned-labels', 'refuses-foreign', /answered with 400/],
  ['bad-request', 'bad-is-empty', /answered with 200/],
  ['mid-stream-fault', 'ends-cleanly', /takes the bootstrap for complete/, LARGE],
  ['mid-stream-fault', 'poison-only', /ended cleanly/, LARGE],
  ['client-abort', 'works-for-nobody', /still uses \d+ % of a processor/, LARGE],
  ['slow-reader', 'ignores-back-pressure', /grew by \d+ MB/, { ELEMENTS: '60000', PADDING: '4000' }],
  ['bounded-memory', 'hoards', /used \d+ MB/, { ELEMENTS: '60000', PADDING: '4000' }],
  ['change-topic', 'wrong-topic', /went to the topic "changes"/],
  ['change-topic', 'wrong-type', /content type is text\/plain/],
  ['change-shape', 'text-lsn', /lsn" is "\d+": it must be a JSON integer/],
  ['change-shape', 'float-time', /ts_ns" is 1\.5/],
  ['change-shape', 'no-array', /must be an array/],
  ['change-shape', 'wrong-db', /db" is "x"/],
  ['change-nanoseconds', 'milliseconds', /now is/],
  ['change-lsn', 'same-lsn', /has 1 after 1/],
  ['change-upserts', 'inserts', /with op "i"/],
  ['change-label', 'change-two-labels', /has the labels N, M/],
  ['change-size', 'large', /has 5\d{6} bytes/],
  ['kill-before-acknowledgement', 'stores-first', /not published again: u .*"n:\d+"/],
  ['kill-before-checkpoint', 'begins-anew-behind', /not published again/],
  ['publish-fails', 'drops-failed', /not published again/],
  ['sidecar-late', 'does-not-wait', /ended at once/],
  ['fatal-error', 'ignores-configuration', /goes on/],
  ['fatal-error', 'ends-well', /code 0/],
  ['fatal-error', 'silent', /said nothing/],
  ['deprovision', 'keeps-state', /left: plain/],
  ['deprovision', 'writes-on', /written again afterwards: plain|left: plain/],
  ['deprovision', 'deprovision-200', /answered with 200/],
];

describe('conformance suite', { timeout: 240_000 }, () => {
  it('passes a source that does what it must, in all checks', { skip: !onLinux }, async () => {
    const results = await runConformance(plainSource('', LARGE, 40_000));
    assert.deepEqual(failures(results), []);
    assert.deepEqual(
      results.filter(({ outcome }) => outcome === 'skipped').map(({ id, detail }) => `${id} ${detail}`),
      [],
    );
    assert.equal(results.length, conformanceChecks.length);
    assert.ok(conforms(results));
  });

  it('passes the example of the SDK', { skip: !onLinux }, async () => {
    const results = await runConformance({
      sourceId: 'counters',
      nodeLabels: ['Counter'],
      proxyCommand: `${node} ${counter} proxy`,
      reactivatorCommand: `${node} ${counter} reactivator`,
    });
    assert.deepEqual(failures(results), []);
    const skipped = results.filter(({ outcome }) => outcome === 'skipped').map(({ id }) => id);
    // Ten elements cannot be left, or broken, in the middle, nor held back.
    assert.deepEqual(skipped, ['mid-stream-fault', 'client-abort', 'slow-reader']);
  });

  describe('finds', { concurrency: 3 }, () => {
    for (const [check, defect, detail, more] of defects)
      it(`${defect} by ${check}`, { skip: !onLinux }, async () => {
        const options = plainSource(defect, more);
        const results = await runConformance(
          { ...options, ...(defect === 'hoards' ? { memoryLimit: 200 * 1024 * 1024 } : {}) },
          { only: [check] },
        );
        assert.equal(results.length, 1);
        assert.equal(results[0]?.outcome, 'failed', results[0]?.detail);
        assert.match(results[0]?.detail ?? '', detail);
      });

    it('ignores-sigterm by stops-on-sigterm, as a warning', { skip: !onLinux }, async () => {
      const results = await runConformance(plainSource('ignores-sigterm'), {
        only: ['stops-on-sigterm'],
        timeoutMs: 8_000,
      });
      assert.equal(results[0]?.outcome, 'failed');
      assert.ok(conforms(results), 'no must');
    });
  });

  it('has a defect for every check', () => {
    const found = new Set([...defects.map(([check]) => check), 'stops-on-sigterm']);
    assert.deepEqual(
      conformanceChecks.map(({ id }) => id).filter((id) => !found.has(id)),
      [],
    );
  });
});

async function program(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const code = await main(args, stdout, stderr);
  stdout.end();
  stderr.end();
  return { code, out: await text(stdout), err: await text(stderr) };
}

describe('source-conformance', { timeout: 60_000 }, () => {
  it('reports to a person and as JSON, and its exit code tells', async () => {
    const { proxyCommand = '', env = {} } = plainSource('twice');
    const path = join(folder, 'results.json');
    const args = [
      '--proxy',
      proxyCommand,
      '--node-labels',
      'N',
      '--only',
      'supports-stream,bootstrap-unique-ids',
    ];
    const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const bad = await program(...args, ...variables, '--json', path);
    assert.equal(bad.code, 1, bad.err);
    assert.match(bad.out, /^ok {4}supports-stream: /m);
    assert.match(bad.out, /^FAIL {2}bootstrap-unique-ids: .*\n {8}"n:8" came twice\n {8}Why it matters: /m);
    assert.match(bad.out, /1 passed, 1 failed, 0 warnings, 0 skipped/);
    const json = JSON.parse(await readFile(path, 'utf8')) as { conforms: boolean; results: CheckResult[] };
    assert.equal(json.conforms, false);
    assert.deepEqual(
      json.results.map(({ outcome }) => outcome),
      ['passed', 'failed'],
    );
    assert.match(textReport(json.results), /"n:8" came twice/);
    const good = await program(...args, '--json', '-');
    assert.equal(good.code, 0, good.err);
    assert.equal((JSON.parse(good.out) as { conforms: boolean }).conforms, true);
  });

  it('skips what it was not given the means for', async () => {
    const { code, out } = await program(
      '--reactivator-url',
      'http://127.0.0.1:1',
      '--only',
      'bootstrap-lines,fatal-error',
    );
    assert.equal(code, 0);
    assert.match(out, /^skip {2}bootstrap-lines.*\n {8}needs --proxy-url or --proxy/m);
    assert.match(out, /^skip {2}fatal-error.*\n {8}needs --reactivator/m);
  });

  it('refuses a wrong command line with 2', async () => {
    for (const [args, message] of [
      [[], /give --proxy/],
      [['--nonsense'], /nonsense/],
      [['--proxy', 'x', '--only', 'y'], /there is no check "y"/],
      [['--proxy', 'x'], /give --node-labels or --rel-labels/],
      [['--proxy', 'x', '--node-labels', 'N', '--pid', 'z'], /--pid is "z"/],
      [['--proxy', 'x', '--node-labels', 'N', '--env', 'z'], /--env is "z"/],
    ] as const) {
      const { code, err } = await program(...args);
      assert.equal(code, 2, err);
      assert.match(err, message);
    }
    assert.equal((await program('--help')).code, 0);
    // A reader that has seen enough leaves; as one command of a shell does it.
    const binary = fileURLToPath(new URL('../../bin/source-conformance.mjs', import.meta.url));
    const piped = promisify(execFile)('bash', ['-c', `set -o pipefail; ${node} ${binary} --list | head -1`]);
    const { stdout, stderr } = await piped;
    assert.match(stdout, /^supports-stream\t/);
    assert.equal(stderr, '');
    assert.match((await program('--list')).out, /^deprovision\tmust\t/m);
  });
});
