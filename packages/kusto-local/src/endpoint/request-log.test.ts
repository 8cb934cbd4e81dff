import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KustoServiceError } from '../errors.ts';
import { RequestLog } from './request-log.ts';
import { ticksOfMilliseconds } from '../engine/values/times.ts';

const caller = { clientRequestId: 'c1', activityId: 'a', application: 'app', user: 'u' };

test('a request is running until it is finished, once', () => {
  let now = 1000;
  const log = new RequestLog(() => now);
  const open = log.begin({ ...caller, kind: 'query', text: 'T', database: 'db' });
  assert.deepEqual(
    log.running.map(({ state, text, startedOn }) => [state, text, startedOn]),
    [['InProgress', 'T', ticksOfMilliseconds(1000)]],
  );
  now = 1500;
  open.finish();
  open.finish(new Error('late'));
  assert.equal(log.running.length, 0);
  assert.deepEqual(
    log.ended.map(({ state, failure, updatedOn }) => [state, failure, updatedOn]),
    [['Completed', '', ticksOfMilliseconds(1500)]],
  );
});

test('cancelling ends the queries with the id, and no command', () => {
  const log = new RequestLog(() => 0);
  const first = log.begin({ ...caller, kind: 'query', text: 'T', database: 'db' });
  const other = log.begin({ ...caller, clientRequestId: 'c2', kind: 'query', text: 'T', database: 'db' });
  const command = log.begin({ ...caller, kind: 'command', text: '.x', database: 'db' });
  assert.equal(log.cancel('c1', 'too slow'), 1);
  assert.deepEqual(
    [first.signal.aborted, other.signal.aborted, command.signal.aborted],
    [true, false, false],
  );
  assert.ok(first.signal.reason instanceof KustoServiceError);
  assert.match(first.signal.reason.message, /too slow/);
  first.finish(new Error('whatever the engine made of it'));
  assert.deepEqual(
    log.ended.map(({ state }) => state),
    ['Canceled'],
  );
  assert.equal(log.cancel('c1', ''), 0);
});

test('the log is bounded, and so are its texts', () => {
  const log = new RequestLog(() => 0, 2);
  for (const text of ['1', '2', 'x'.repeat(100_000)])
    log.begin({ ...caller, kind: 'query', text, database: 'db' }).finish(new Error('no'));
  assert.deepEqual(
    log.ended.map(({ text, state, failure }) => [text.length, state, failure]),
    [
      [1, 'Failed', 'no'],
      [65_536, 'Failed', 'no'],
    ],
  );
});
