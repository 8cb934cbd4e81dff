import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { until } from '../../test/helpers.ts';
import { isGone, processStart, thisProcess } from './process-liveness.ts';

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

describe('isGone', { skip: process.platform !== 'linux' }, () => {
  it('is true of a process of this machine that has ended, and of no other', async () => {
    const own = thisProcess();
    assert.ok(own);
    assert.equal(isGone(own), false);
    const child = spawn('sleep', ['30']);
    const pid = child.pid!;
    const start = processStart(pid)!;
    assert.equal(isGone({ ...own, pid, start }), false);
    // Stopped is not gone.
    child.kill('SIGSTOP');
    assert.equal(isGone({ ...own, pid, start }), false);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(isGone({ ...own, pid, start }), true);
    assert.equal(isGone({ space: 'of another machine', pid, start }), false);
    assert.equal(isGone({ ...own, start: 'before this one had the id' }), true);
  });
});
