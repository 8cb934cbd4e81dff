import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { emit } from '../diagnostics.ts';
import { startPrometheus } from './prometheus.ts';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Values by name and attributes, without comments. */
async function scrape(port: number): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const at = line.lastIndexOf('}') + 1 || line.indexOf(' ');
      return [
        line.slice(0, at).replace(/,?otel_scope_[a-z]+="[^"]*"/g, ''),
        Number(line.slice(at).trim().split(' ')[0]),
      ];
    }),
  );
}

describe('the Prometheus endpoint', () => {
  it('shows bootstraps while they go on, and what they sent', async () => {
    const port = await freePort();
    await using _endpoint = await startPrometheus({ port });
    const start = { sourceId: 'storms', requestId: 'r1', labels: ['N'] };
    emit('drasi-source:bootstrap:start', start);
    const progress = {
      ...start,
      elements: 10,
      bytes: 400,
      durationMs: 1000,
      expectedElements: 40,
      parts: 4,
      partsDone: 1,
    };
    emit('drasi-source:bootstrap:progress', progress);
    const during = await scrape(port);
    assert.equal(during.get('drasi_source_bootstraps_active{source="storms"}'), 1);
    assert.equal(during.get('drasi_source_bootstrap_elements_total{source="storms"}'), 10);
    assert.equal(during.get('drasi_source_bootstrap_expected_elements{source="storms"}'), 40);
    assert.equal(during.get('drasi_source_bootstrap_parts{source="storms"}'), 4);
    assert.equal(during.get('drasi_source_bootstrap_parts_done{source="storms"}'), 1);
    emit('drasi-source:bootstrap:end', {
      ...start,
      elements: 40,
      bytes: 1600,
      durationMs: 2000,
      outcome: 'complete',
    });
    const after = await scrape(port);
    assert.ok(
      [...after.keys()].every((name) => name.startsWith('drasi_source_')),
      'nothing of the process, such as its path',
    );
    assert.equal(after.get('drasi_source_bootstraps_active{source="storms"}'), 0);
    assert.equal(after.get('drasi_source_bootstrap_elements_total{source="storms"}'), 40);
    assert.equal(after.get('drasi_source_bootstrap_bytes_total{source="storms"}'), 1600);
    assert.equal(
      after.get('drasi_source_bootstrap_duration_seconds_count{source="storms",outcome="complete"}'),
      1,
    );
  });

  it('counts what was acknowledged, and times what was not', async () => {
    const port = await freePort();
    await using _endpoint = await startPrometheus({ port });
    const publish = { sourceId: 's', changes: 5, bytes: 100, durationMs: 20, attempt: 1 };
    emit('drasi-source:publish', { ...publish, error: new Error('down') });
    emit('drasi-source:publish', publish);
    emit('drasi-source:checkpoint', { sourceId: 's', revision: 1, durationMs: 5 });
    const samples = await scrape(port);
    assert.equal(samples.get('drasi_source_changes_published_total{source="s"}'), 5);
    assert.equal(samples.get('drasi_source_publish_bytes_total{source="s"}'), 100);
    assert.equal(samples.get('drasi_source_publish_duration_seconds_count{source="s",outcome="failed"}'), 1);
    assert.equal(samples.get('drasi_source_checkpoint_duration_seconds_count{source="s"}'), 1);
  });

  it('says which port it cannot have', async () => {
    const port = await freePort();
    await using _endpoint = await startPrometheus({ port });
    await assert.rejects(startPrometheus({ port }), { code: 'BAD_CONFIGURATION', message: /ADMIN_PORT/ });
  });
});
