import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { residentBytes } from './memory.ts';

describe('the memory of a process', { skip: process.platform !== 'linux' }, () => {
  it('is what it has in RAM, and unknown once it is gone', async () => {
    const script = `
      process.stdout.write('small\\n');
      process.stdin.once('data', () => {
        globalThis.kept = Buffer.alloc(100_000_000, 1);
        process.stdout.write('large\\n');
      });`;
    const child = spawn(process.execPath, ['-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { pid = 0 } = child;
    await once(child.stdout, 'data');
    const small = residentBytes(pid) ?? 0;
    assert.ok(small > 10_000_000 && small < 200_000_000, String(small));
    child.stdin.write('grow');
    await once(child.stdout, 'data');
    const grown = (residentBytes(pid) ?? 0) - small;
    assert.ok(grown > 90_000_000 && grown < 130_000_000, String(grown));
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(residentBytes(pid), undefined);
  });
});
