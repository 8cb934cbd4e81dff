import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { processStart } from '../../packages/source-sdk/src/state/process-liveness.ts';
import { until } from './until.ts';

const keeper = fileURLToPath(new URL('keeper.ts', import.meta.url));

describe('a process of a test', () => {
  it('ends with the test, also after SIGKILL', async () => {
    const script = `
      import { spawn } from 'node:child_process';
      import { Keeper } from ${JSON.stringify(keeper)};
      const keeper = new Keeper();
      const child = spawn('sleep', ['600'], { stdio: 'ignore', detached: true });
      keeper.watch(child);
      process.stdout.write(String(child.pid));
      setInterval(() => {}, 1000);`;
    const test = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [pid] = (await once(test.stdout, 'data')).map(Number);
    assert.ok(pid !== undefined && processStart(pid) !== undefined, 'it runs');
    test.kill('SIGKILL');
    await until(() => processStart(pid) === undefined, `the end of process ${pid}`, { timeoutMs: 10_000 });
  });
});
