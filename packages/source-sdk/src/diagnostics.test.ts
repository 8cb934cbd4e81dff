import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, it } from 'node:test';
import { HookedPublisher, HookedStore, counting, hastyClock, transient, until } from '../test/helpers.ts';
import { DIAGNOSTIC_CHANNELS, Reactivator, SourceProxy } from './index.ts';

describe('diagnostics', () => {
  it('tells publishes, checkpoints and bootstraps apart, with their figures', async () => {
    const events: { name: string; event: Record<string, unknown> }[] = [];
    const listeners = DIAGNOSTIC_CHANNELS.map((name) => {
      const listener = (event: unknown): void =>
        void events.push({ name, event: event as Record<string, unknown> });
      subscribe(name, listener);
      return () => unsubscribe(name, listener);
    });
    const publisher = new HookedPublisher();
    publisher.before = (call) => {
      if (call === 1) throw transient();
    };
    const reactivator = new Reactivator({
      sourceId: 's',
      fingerprint: 'f',
      publisher,
      state: new HookedStore(),
      monitor: counting(1),
      clock: hastyClock,
    });
    const stop = new AbortController();
    const done = reactivator.run(stop.signal);
    await until(() => reactivator.checkpoint === 1);
    stop.abort();
    await done;
    const proxy = new SourceProxy({
      sourceId: 's',
      ownedLabels: { nodes: ['N'], relations: [] },
      port: 0,
      bootstrap: async function* bootstrap() {
        yield { id: 'n', labels: ['N'] };
      },
    });
    const { port } = await proxy.start();
    await (
      await fetch(`http://127.0.0.1:${port}/acquire-stream`, { method: 'POST', body: '{"nodeLabels":["N"]}' })
    ).text();
    await proxy.stop();
    for (const off of listeners) off();
    assert.deepEqual(
      events.map(({ name, event }) => [name, event['attempt'] ?? event['outcome'] ?? '', 'error' in event]),
      [
        ['drasi-source:publish', 1, true],
        ['drasi-source:publish', 2, false],
        ['drasi-source:checkpoint', '', false],
        ['drasi-source:bootstrap:start', '', false],
        ['drasi-source:bootstrap:end', 'complete', false],
      ],
    );
    assert.equal(events.at(-1)?.event['elements'], 1);
    assert.equal(events.at(-1)?.event['bytes'], 42);
    assert.ok(Number(events[1]?.event['bytes']) > 100);
  });
});
