import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';

const SDK = new URL('../src/index.ts', import.meta.url).href;
const ELEMENTS = 200_000;
const MEGABYTE = 1024 * 1024;

// A service of its own, with a heap much smaller than its answer.
const SERVICE = `
  const { SourceProxy } = await import(${JSON.stringify(SDK)});
  const proxy = new SourceProxy({
    sourceId: 's', port: 0, ownedLabels: { nodes: ['N'], relations: [] },
    async *bootstrap() {
      for (let n = 0; n < ${ELEMENTS}; n++) yield { id: 'n:' + n, labels: ['N'], properties: { text: 'y'.repeat(2000), n } };
    },
  });
  const { port } = await proxy.start();
  console.log(port);
  process.stdin.once('data', () => console.log(process.resourceUsage().maxRSS));
`;

describe('memory (I8)', () => {
  it('of a bootstrap of 400 MB stays that of a small one, also for a reader that is slow', async () => {
    const service = spawn(
      process.execPath,
      ['--max-old-space-size=64', '--input-type=module', '-e', SERVICE],
      {
        stdio: ['pipe', 'pipe', 'inherit'],
      },
    );
    try {
      const [port] = (await once(service.stdout, 'data')) as [Buffer];
      const asking = request({
        host: '127.0.0.1',
        port: Number(port),
        path: '/acquire-stream',
        method: 'POST',
      });
      asking.end('{"nodeLabels":["N"]}');
      const [response] = (await once(asking, 'response')) as [IncomingMessage];
      let bytes = 0;
      for await (const part of response) {
        if (bytes === 0) await wait(500);
        bytes += (part as Buffer).length;
      }
      assert.ok(response.complete);
      assert.ok(bytes > 400 * 1_000_000, String(bytes));
      service.stdin.write('how much?\n');
      const [peak] = (await once(service.stdout, 'data')) as [Buffer];
      const peakMegabytes = (Number(peak) * 1024) / MEGABYTE;
      assert.ok(peakMegabytes > 20 && peakMegabytes < 280, `${peakMegabytes} MB at most`);
    } finally {
      service.kill('SIGKILL');
    }
  });
});
