import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { it } from 'node:test';
import type { Logger } from '@drasi-kusto/source-sdk';
import { freePort } from '../../test/free-port.ts';
import { serveMetrics } from './metrics.ts';

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {} };

it('metrics are served on ADMIN_PORT, told where, and gone with what was returned', async () => {
  const port = await freePort();
  const told: unknown[] = [];
  const logger: Logger = { ...silent, info: (_message, fields) => void told.push(fields?.['url']) };
  const url = `http://127.0.0.1:${port}/metrics`;
  {
    await using _metrics = await serveMetrics('127.0.0.1', port, logger);
    const response = await fetch(url);
    assert.equal(response.status, 200);
    await response.text();
    assert.deepEqual(told, [url]);
  }
  await assert.rejects(fetch(url));
});

it('without a port nothing is served; a port in use names ADMIN_PORT', async () => {
  assert.equal(await serveMetrics('127.0.0.1', undefined, silent), undefined);
  const port = await freePort();
  const server = createServer().listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  try {
    await assert.rejects(serveMetrics('127.0.0.1', port, silent), /ADMIN_PORT/);
  } finally {
    server.close();
  }
});
