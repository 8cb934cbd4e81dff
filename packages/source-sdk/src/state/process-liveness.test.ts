import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { until } from '../../test/helpers.ts';
import { processStart } from './process-liveness.ts';

describe('processStart', () => {
  it('names a process that runs, the same way each time', () => {
    const start = processStart(process.pid);
    assert.ok(start !== undefined && start !== '');
    assert.equal(processStart(process.pid), start);
    assert.equal(processStart(2 ** 30), undefined);
  });

  it('does not count the remains of a process that its parent has not collected', async () => {
    // The shell becomes a sleep that never collects its child.
    const parent = spawn('sh', ['-c', 'sleep 0.05 & echo $!; exec sleep 30'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const child = Number(line.toString());
    await until(() => processStart(child) === undefined, 'the end of the child');
    process.kill(child, 0);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });
});
