// Two reactivators on one store as processes, stopped, killed and woken: what the receiver gets, in the order in which it gets it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FakeSidecar } from './fake-sidecar.ts';
import { until } from './helpers.ts';

const program = fileURLToPath(new URL('reactivator-process.ts', import.meta.url));
const LEASE = 1_500;
const PUBLISH = 700;

class Pod {
  readonly child: ChildProcess;
  readonly exit: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(sidecar: FakeSidecar, textBytes: number) {
    this.child = spawn(process.execPath, [program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        DAPR_HTTP_PORT: String(sidecar.port),
        LEASE_MS: String(LEASE),
        PUBLISH_TIMEOUT_MS: String(PUBLISH),
        TEXT_BYTES: String(textBytes),
      },
    });
    this.child.stdout!.on('data', (bytes: Buffer) => (this.stdout += bytes.toString()));
    this.child.stderr!.on('data', (bytes: Buffer) => (this.stderr += bytes.toString()));
    this.exit = new Promise((resolve) => this.child.once('close', (code) => resolve(code)));
  }

  get pid(): number {
    return this.child.pid!;
  }

  is(state: 'running' | 'waiting'): Promise<void> {
    return until(() => this.stdout.includes(state), `${state}: ${this.stderr}`, 20_000);
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal);
    return this.exit;
  }
}

interface Arrived {
  readonly n: number;
  readonly by: number;
}

let sidecar: FakeSidecar;
let pods: Pod[] = [];
const start = (textBytes = 1_000): Pod => {
  const pod = new Pod(sidecar, textBytes);
  pods.push(pod);
  return pod;
};
const arrived = (): Arrived[] =>
  sidecar.published.map(({ body }) => JSON.parse(body)[0].payload.after.properties as Arrived);
const published = (pod: Pod, count: number) =>
  until(() => arrived().filter(({ by }) => by === pod.pid).length >= count, 'publishes', 20_000);

/** Nothing lost, nothing older after something newer but the repetition of what was in doubt, and publishers one after the other. */
function check(order: readonly Pod[]): void {
  const changes = arrived();
  let last = 0;
  let publisher = 0;
  for (const { n, by } of changes) {
    while (order[publisher]!.pid !== by) {
      publisher += 1;
      assert.ok(publisher < order.length, `a change of ${by} came after its successor's first one`);
    }
    assert.ok(n === last || n === last + 1, `${n} came after ${last}`);
    last = n;
  }
}

before(async () => {
  sidecar = await FakeSidecar.start();
});
beforeEach(() => {
  sidecar.published.length = 0;
  sidecar.state.clear();
  sidecar.fault = () => undefined;
});
after(async () => {
  for (const pod of pods) if (pod.child.exitCode === null) pod.child.kill('SIGKILL');
  await Promise.all(pods.map((pod) => pod.exit));
  pods = [];
  await sidecar.stop();
});

describe('split brain (R21)', { timeout: 90_000 }, () => {
  it('one that is paused by SIGSTOP loses the lease, and stops without a further publish when it wakes', async () => {
    const a = start();
    await published(a, 3);
    const b = start();
    await b.is('waiting');
    assert.equal(arrived().filter(({ by }) => by === b.pid).length, 0);
    a.child.kill('SIGSTOP');
    const stopped = performance.now();
    await published(b, 3);
    assert.ok(performance.now() - stopped > LEASE, 'not before the lease has run out');
    a.child.kill('SIGCONT');
    assert.equal(await a.exit, 1);
    assert.match(a.stderr, /ANOTHER_REACTIVATOR/);
    const again = start();
    await again.is('waiting');
    await wait(2 * (LEASE + PUBLISH));
    assert.doesNotMatch(again.stdout, /running/, 'they do not alternate');
    assert.equal(await b.end('SIGTERM'), 0);
    await published(again, 2);
    assert.equal(await again.end('SIGTERM'), 0);
    check([a, b, again]);
  });

  it('one that is paused in the middle of a publish does not complete it when it wakes', async () => {
    // More than the buffers between two processes hold.
    const a = start(24_000_000);
    await published(a, 1);
    const b = start();
    await b.is('waiting');
    sidecar.pauseReading = true;
    await wait(300);
    a.child.kill('SIGSTOP');
    await wait(300);
    sidecar.pauseReading = false;
    await published(b, 3);
    a.child.kill('SIGCONT');
    assert.equal(await a.exit, 1);
    await wait(300);
    assert.equal(await b.end('SIGTERM'), 0);
    check([a, b]);
  });

  it('a rolling update hands over at once', async () => {
    const a = start();
    await published(a, 2);
    const b = start();
    await b.is('waiting');
    const told = performance.now();
    assert.equal(await a.end('SIGTERM'), 0);
    await b.is('running');
    assert.ok(performance.now() - told < LEASE + PUBLISH, `${performance.now() - told} ms`);
    await published(b, 2);
    assert.equal(await b.end('SIGTERM'), 0);
    check([a, b]);
  });

  it(
    'a restart after SIGKILL on the same machine does not wait for a process that is gone',
    { skip: process.platform !== 'linux' },
    async () => {
      const a = start();
      await published(a, 2);
      await a.end('SIGKILL');
      const b = start();
      await published(b, 2);
      assert.doesNotMatch(b.stdout, /waiting/);
      assert.equal(await b.end('SIGTERM'), 0);
      check([a, b]);
    },
  );
});
