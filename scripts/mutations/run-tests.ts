import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Sandbox } from './sandbox.ts';

/** How a run of some tests of one file ended. */
export type TestEnd =
  | { readonly kind: 'passed'; readonly titles: readonly string[] }
  /** `title`: of the first that failed. */
  | { readonly kind: 'failed'; readonly title: string }
  | { readonly kind: 'hung' }
  /** The file ended without a word of any test: it does not load. */
  | { readonly kind: 'broken'; readonly output: string };

const resultLine = /^\s*(not )?ok \d+ - (.*)$/;

/**
 * Runs the tests of a file whose titles contain one of these, up to the first that fails.
 * @param file below `packages/`
 * @param limitMs after so long they count as hung
 */
export async function runTests(
  sandbox: Sandbox,
  file: string,
  titles: readonly string[],
  limitMs: number,
): Promise<TestEnd> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const patterns = titles.map((title) => `--test-name-pattern=${RegExp.escape(title)}`);
  const child = spawn(process.execPath, ['--test-reporter=tap', ...patterns, sandbox.path(file)], {
    cwd: sandbox.folder,
    env: { ...env, NODE_COMPILE_CACHE: join(sandbox.folder, '.compile-cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what the tests have started ends with them.
    detached: true,
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
  const endGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  };
  let [output, errors, rest] = ['', '', ''];
  const passed: string[] = [];
  let failed: string | undefined;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-4_000);
  });
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-4_000);
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [, not, escaped] = resultLine.exec(line) ?? [];
      if (escaped === undefined) continue;
      const title = escaped.replaceAll(/\\([\\#])/g, '$1');
      if (not === undefined) passed.push(title);
      else failed ??= title;
    }
    if (failed !== undefined) endGroup();
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    endGroup();
  }, limitMs);
  const stop = (): void => {
    endGroup();
    process.exit(130);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const code = await ended;
    if (failed !== undefined) return { kind: 'failed', title: failed };
    if (isLate) return { kind: 'hung' };
    if (code === 0) return { kind: 'passed', titles: passed };
    return { kind: 'broken', output: errors + output };
  } finally {
    clearTimeout(timer);
    process.off('SIGINT', stop).off('SIGTERM', stop);
    endGroup();
  }
}
