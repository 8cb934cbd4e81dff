import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DrasiEngine } from './drasi-engine.ts';
import { decodeChange, EngineFeed } from './engine-feed.ts';

const change = (id: number) =>
  Buffer.from(`{"op":"u","payload":{"after":{"id":"s:${id}","labels":["S"],"properties":{"n":${id}}}}}`);
const never = new AbortController().signal;

/** Writes down what is asked of it. */
function recordingEngine(log: string[], fail?: Error): DrasiEngine {
  return {
    changes: (changes) => {
      log.push(...changes.map((wire) => `engine ${decodeChange(wire).id}`));
      return fail === undefined ? Promise.resolve() : Promise.reject(fail);
    },
    mark: async () => void log.push('mark'),
    elements: () => Promise.resolve(),
    listen: () => Promise.resolve(),
    results: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  };
}

void test('each change is shown, then given to the engine, then waited for', async () => {
  const log: string[] = [];
  const engine = recordingEngine(log);
  const feed = new EngineFeed({
    open: Promise.resolve(),
    engine: () => engine,
    onChange: async ({ id }) => void log.push(`shown ${id}`),
  });
  await feed.publish([change(1), change(2)], never);
  assert.deepEqual(log, ['shown s:1', 'engine s:1', 'mark', 'shown s:2', 'engine s:2', 'mark']);
});

void test('many changes are taken in groups, every one of them, in order', async () => {
  const log: string[] = [];
  const engine = recordingEngine(log);
  const feed = new EngineFeed({ open: Promise.resolve(), engine: () => engine, onChange: async () => {} });
  await feed.publish(
    Array.from({ length: 1001 }, (_, id) => change(id)),
    never,
  );
  assert.ok(log.filter((entry) => entry === 'mark').length <= 20);
  assert.deepEqual(
    log.filter((entry) => entry !== 'mark'),
    Array.from({ length: 1001 }, (_, id) => `engine s:${id}`),
  );
});

void test('nothing is acknowledged before the bootstrap is through', async () => {
  const log: string[] = [];
  const opened = Promise.withResolvers<void>();
  const feed = new EngineFeed({
    open: opened.promise,
    engine: () => undefined,
    onChange: async ({ id }) => void log.push(id),
  });
  const published = feed.publish([change(1)], never);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(log, []);
  opened.resolve();
  await published;
  assert.deepEqual(log, ['s:1']);
});

void test('a publish that waits for the bootstrap ends with its signal', async () => {
  const stop = new AbortController();
  const feed = new EngineFeed({
    open: new Promise(() => {}),
    engine: () => undefined,
    onChange: () => assert.fail('shown too early'),
  });
  const published = feed.publish([change(1)], stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(published, /stopped/);
});

void test('an engine that lives and fails is an error; one that died is left out', async () => {
  const log: string[] = [];
  const failing = recordingEngine(log, new Error('busy'));
  let engine: DrasiEngine | undefined = failing;
  const feed = new EngineFeed({ open: Promise.resolve(), engine: () => engine, onChange: async () => {} });
  await assert.rejects(feed.publish([change(1)], never), /busy/);
  const dying: DrasiEngine = {
    ...failing,
    changes: () => {
      engine = undefined;
      return Promise.reject(new Error('gone'));
    },
  };
  engine = dying;
  await feed.publish([change(2)], never);
});

void test('a delete is read from its "before"; what is no change is refused', () => {
  const wire = Buffer.from('{"op":"d","payload":{"before":{"id":"s:1","labels":["S"]}}}');
  assert.deepEqual(decodeChange(wire), { op: 'd', id: 's:1', labels: ['S'], properties: {}, wire });
  assert.throws(() => decodeChange(Buffer.from('{"op":"u","payload":{}}')), /no op, id or labels/);
});
