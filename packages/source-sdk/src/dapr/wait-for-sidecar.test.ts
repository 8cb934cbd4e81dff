import assert from 'node:assert/strict';
import { it } from 'node:test';
import { FakeSidecar } from '../../test/fake-sidecar.ts';
import { recordingLogger, until } from '../../test/helpers.ts';
import { waitForSidecar } from './wait-for-sidecar.ts';

it('waits for a sidecar as long as it takes, says so, and ends when told to', async () => {
  const sidecar = await FakeSidecar.start();
  sidecar.ready = false;
  const logger = recordingLogger();
  const stop = new AbortController();
  const options = { daprHttpPort: sidecar.port, readyTimeoutMs: 20, signal: stop.signal, logger };
  const waiting = waitForSidecar(options);
  await until(() => logger.lines.length > 1, 'a second reminder');
  assert.match(logger.lines[0] ?? '', /warn waiting for the Dapr sidecar .*it answers 500/);
  sidecar.ready = true;
  await waiting;
  assert.match(logger.lines.at(-1) ?? '', /info the Dapr sidecar is ready/);
  const lines = logger.lines.length;
  await waitForSidecar(options);
  assert.equal(logger.lines.length, lines);
  await sidecar.stop();
  const never = waitForSidecar(options);
  setTimeout(() => stop.abort(new Error('stopped')), 50);
  await assert.rejects(never, /stopped/);
});
