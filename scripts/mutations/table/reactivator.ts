import { test, type Mutation } from '../mutation.ts';

const reactivator = 'source-sdk/src/reactivator/reactivator.test.ts';
const lease = 'source-sdk/src/reactivator/lease.test.ts';

/** What is published when, and by whom. */
export const ofReactivator: readonly Mutation[] = [
  {
    name: 'the checkpoint is stored before the acknowledgement',
    breaks: 'I2',
    file: 'source-sdk/src/reactivator/delivery.ts',
    find: '    // One group after the other:',
    replace: '    await this.#checkpoint(batch);\n    //',
    caughtBy: [
      test(reactivator, 'stores a checkpoint only after the acknowledgement of everything before it'),
    ],
  },
  {
    name: 'a publish that failed counts as acknowledged',
    breaks: 'I2',
    file: 'source-sdk/src/reactivator/delivery.ts',
    find: 'onRetrying?.(true);',
    replace: 'return;',
    caughtBy: [test(reactivator, 'repeats a publish in doubt, in order, and stores nothing meanwhile')],
  },
  {
    name: 'a publish does not wait for the one before it',
    breaks: 'I3',
    file: 'source-sdk/src/reactivator/delivery.ts',
    find: 'await this.#publish(group, startNs, signal);',
    replace: 'void this.#publish(group, startNs, signal).catch(() => undefined);',
    caughtBy: [
      test(reactivator, 'stores a checkpoint only after the acknowledgement of everything before it'),
    ],
  },
  {
    name: 'a publish is cut off at the stop, not after the grace period',
    breaks: 'I12',
    file: 'source-sdk/src/reactivator/monitor-loop.ts',
    find: 'await deliver(next.value);',
    replace: 'await orAborted(deliver(next.value), signal);',
    caughtBy: [test(reactivator, 'finishes the batch in flight and its checkpoint')],
  },
  {
    name: 'SIGTERM leaves no time to drain',
    breaks: 'I12',
    file: 'source-sdk/src/reactivator/reactivator.ts',
    find: 'await this.#clock.sleep(this.#graceMs, done);',
    replace: '',
    caughtBy: [test(reactivator, 'finishes the batch in flight and its checkpoint')],
  },
  {
    name: 'the grace period never ends',
    breaks: 'I12',
    file: 'source-sdk/src/reactivator/reactivator.ts',
    find: 'this.#cut.abort(reason);',
    replace: '',
    caughtBy: [test(reactivator, 'gives up a batch that is not acknowledged within the grace period')],
  },
  {
    name: 'a block of lsn is taken again after a restart',
    breaks: 'R12',
    file: 'source-sdk/src/reactivator/lsn.ts',
    find: 'return { ...record, lsn: (mark + size).toString() };',
    replace: 'return { ...record };',
    caughtBy: [test(reactivator, 'never repeats one across restarts, however small the blocks')],
  },
  {
    name: 'a repeated publish has the lsn of the first attempt',
    breaks: 'R12',
    file: 'source-sdk/src/reactivator/delivery.ts',
    find: `for (let attempt = 1; ; attempt++) {
      // New numbers each time: part of a publish in doubt may have arrived, and no lsn is ever sent twice.
      const first = await lsn.take(group.length);`,
    replace: `const first = await lsn.take(group.length);
    for (let attempt = 1; ; attempt++) {`,
    caughtBy: [test(reactivator, 'repeats a publish in doubt, in order, and stores nothing meanwhile')],
  },
  {
    name: 'an ETag conflict is ignored',
    breaks: 'R8, I7',
    file: 'source-sdk/src/reactivator/stored-record.ts',
    find: 'await this.#foundOurs(record, error, signal)',
    replace: 'record',
    caughtBy: [test(reactivator, 'stops when another reactivator took the record, and publishes no more')],
  },
  {
    name: 'a record of another owner counts as this one’s',
    breaks: 'I7',
    file: 'source-sdk/src/reactivator/stored-record.ts',
    find: '&& found.owner === record.owner',
    replace: '',
    caughtBy: [
      test(
        'source-sdk/src/reactivator/state-keeper.test.ts',
        'does not take the same revision of another owner for its own',
      ),
    ],
  },
  {
    name: 'the state is written over whatever version is there',
    breaks: 'R8',
    file: 'source-sdk/src/state/dapr-state-store.ts',
    find: '...(etag === undefined ? {} : { etag }), options',
    replace: 'options',
    caughtBy: [
      test(
        'source-sdk/src/state/dapr-state-store.test.ts',
        'keeps values with the versions of the component',
      ),
      test('source-sdk/src/state/dapr-state-store.test.ts', 'knows a lost write from a fault of the store'),
    ],
  },
  {
    name: 'the version of another writer is taken for the own one',
    breaks: 'R8',
    file: 'source-sdk/src/state/dapr-state-store.ts',
    find: 'stored === undefined || !isDeepStrictEqual(stored.value, value)',
    replace: 'stored === undefined',
    caughtBy: [
      test(
        'source-sdk/src/state/dapr-state-store.test.ts',
        'does not take the version of another writer for its own',
      ),
    ],
  },
  {
    name: 'the lease is not looked at before a publish',
    breaks: 'R21',
    file: 'source-sdk/src/reactivator/delivery.ts',
    find: 'await keeper.verify();',
    replace: '',
    caughtBy: [
      test(lease, 'zombie publisher'),
      test(reactivator, 'asks whether the record is still its own before it publishes after a stall'),
    ],
  },
  {
    name: 'the lease is taken over at once',
    breaks: 'R21',
    file: 'source-sdk/src/reactivator/lease.ts',
    find: 'return left <= 0 ? 0 : Math.min(left, LOOK_MS);',
    replace: 'return 0;',
    caughtBy: [test(lease, 'a second reactivator waits'), test(lease, 'dead holder')],
  },
  {
    name: 'the lease is taken over while a publish of its holder may be under way',
    breaks: 'R21',
    file: 'source-sdk/src/reactivator/lease.ts',
    find: 'lease.durationMs + lease.publishTimeoutMs - elapsed',
    replace: 'lease.durationMs - elapsed',
    caughtBy: [test(lease, 'dead holder')],
  },
  {
    name: 'a clock that is set forward ends the lease of another one',
    breaks: 'R21',
    file: 'source-sdk/src/reactivator/lease.ts',
    find: '.atLeast;',
    replace: '.atMost;',
    caughtBy: [test(lease, 'is not fooled by a clock that is set forward')],
  },
  {
    name: 'the lease is not renewed while nothing changes',
    breaks: 'R21',
    file: 'source-sdk/src/reactivator/state-keeper.ts',
    find: 'if (!this.#exclusive) void this.#renew();',
    replace: '',
    caughtBy: [test(lease, 'is renewed while nothing changes')],
  },
  {
    name: 'a publish has no end of its own',
    breaks: 'R21',
    file: 'source-sdk/src/reactivator/reactivator.ts',
    find: 'options.state.exclusive === true ? undefined : lease.publishTimeoutMs',
    replace: 'undefined',
    caughtBy: [test(lease, 'publish in doubt')],
  },
  {
    name: 'nothing is asked before the last byte of a publish',
    breaks: 'R21',
    file: 'source-sdk/src/http/last-call.ts',
    find: '  lastCall();\n',
    replace: '',
    caughtBy: [test('source-sdk/src/publishers/publishers.test.ts', 'asks once more before the last byte')],
  },
  {
    name: 'the lease is released with a publish in doubt',
    breaks: 'R21',
    file: 'source-sdk/src/reactivator/reactivator.ts',
    find: 'if (!this.#delivery.inDoubt) await',
    replace: 'await',
    caughtBy: [test(lease, 'failed for good with a publish in doubt')],
  },
  {
    name: 'the loser of the record goes on with its retries',
    breaks: 'R21',
    file: 'source-sdk/src/reactivator/reactivator.ts',
    find: 'this.#cut.abort(error);',
    replace: '',
    caughtBy: [test(reactivator, 'ends the retries of a publish as soon as the record is another one’s')],
  },
  {
    name: 'the state of another configuration is taken over',
    breaks: 'I10',
    file: 'source-sdk/src/reactivator/state-keeper.ts',
    find: 'if (record.ending !== true && record.fingerprint !== this.#options.fingerprint)',
    replace: 'if (false)',
    caughtBy: [test(reactivator, 'refuses the state of another configuration without touching it')],
  },
];
