// The first thing a new user does: one command, from the root of a checkout.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, it } from 'node:test';

const root = fileURLToPath(new URL('..', import.meta.url));

async function npmStart(
  args: readonly string[],
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn('npm', ['start', '--', ...args], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, stdout, stderr };
}

describe('npm start', { timeout: 240_000 }, () => {
  it('--for 15 --json ends with 0 after bootstrap, changes and results', async () => {
    const { code, stdout, stderr } = await npmStart(['--for', '15', '--json']);
    assert.equal(code, 0, stderr);
    const events = stdout
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const of = (event: string): readonly Record<string, unknown>[] =>
      events.filter((line) => line['event'] === event);
    assert.equal(of('ready').length, 1);
    const [bootstrap] = of('bootstrap');
    assert.equal(bootstrap?.['label'], 'StormEvents');
    assert.ok(Number(bootstrap?.['elements']) >= 20_000);
    assert.ok(of('change').length > 0);
    assert.ok(
      of('change').every(
        ({ op, id }) => ['u', 'd'].includes(String(op)) && String(id).startsWith('StormEvents:'),
      ),
    );
    const results = of('result');
    assert.ok(results.length > 0, stderr);
    assert.ok(results.every((result) => ['ADD', 'UPDATE', 'DELETE'].includes(String(result['type']))));
    assert.ok(new Set(results.map((result) => result['query'])).size >= 1);
  });

  it('without --json shows a person what happens', async () => {
    const { code, stdout, stderr } = await npmStart(['--for', '5']);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /20,000/);
    assert.match(stdout, /StormEvents:\d+/);
    assert.doesNotMatch(stdout + stderr, /Error:|^\s+at /m);
  });
});
