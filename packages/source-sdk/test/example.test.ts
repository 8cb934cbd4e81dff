import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bootstrap, monitor } from '../examples/counter/counter.ts';
import {
  MemoryPublisher,
  MemoryStateStore,
  Reactivator,
  SourceProxy,
  InProcessSessions,
} from '../src/index.ts';
import { hastyClock, until } from './helpers.ts';

describe('examples/counter', () => {
  it('runs: a bootstrap of ten counters, and a feed that goes on after a restart', async () => {
    const state = new MemoryStateStore();
    const publisher = new MemoryPublisher();
    const run = (): { reactivator: Reactivator; end: () => Promise<void> } => {
      const reactivator = new Reactivator({
        sourceId: 'counters',
        fingerprint: 'counter/1',
        monitor,
        publisher,
        state,
        clock: hastyClock,
      });
      const stop = new AbortController();
      const done = reactivator.run(stop.signal);
      return { reactivator, end: () => (stop.abort(), done) };
    };
    const first = run();
    const proxy = new SourceProxy({
      sourceId: 'counters',
      ownedLabels: { nodes: ['Counter'], relations: [] },
      bootstrap,
      sessions: new InProcessSessions(first.reactivator.sessions),
      port: 0,
    });
    const { port } = await proxy.start();
    const answer = await fetch(`http://127.0.0.1:${port}/acquire-stream`, {
      method: 'POST',
      body: '{"nodeLabels":["Counter"]}',
    });
    assert.equal((await answer.text()).trim().split('\n').length, 10);
    await proxy.stop();
    await first.end();
    const second = run();
    await until(() => publisher.changes.length >= 2);
    await second.end();
    const names = publisher.changes.map((text) => JSON.parse(text).payload.after.properties.name);
    assert.deepEqual(names.slice(0, 2), ['c0', 'c1']);
  });
});
