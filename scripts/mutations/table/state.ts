import { test, type Mutation } from '../mutation.ts';

/** What counts as acknowledged, as stored, and as lost. */
export const ofState: readonly Mutation[] = [
  {
    name: 'a hand-over names a bucket that is no number',
    breaks: 'R6, R8',
    file: 'kusto-source/src/key-index/byte-cursor.ts',
    find: 'if (value > Number.MAX_SAFE_INTEGER || factor > Number.MAX_SAFE_INTEGER)',
    replace: 'if (false)',
    caughtBy: [
      test('kusto-source/src/key-index/hand-over.test.ts', 'that is something else ends its bootstrap'),
    ],
  },
  {
    name: 'a publish that Dapr refused counts as acknowledged',
    breaks: 'I2',
    file: 'source-sdk/src/publishers/dapr-publisher.ts',
    find: 'if (status >= 200 && status < 300) return;',
    replace: 'return;',
    caughtBy: [
      test('source-sdk/src/publishers/publishers.test.ts', 'tells a fault that may pass from a refusal'),
    ],
  },
  {
    name: 'a batch that Drasi Server took in part counts as acknowledged',
    breaks: 'I2',
    file: 'source-sdk/src/publishers/drasi-server-publisher.ts',
    find: 'if (problem === undefined) return;',
    replace: 'return;',
    caughtBy: [
      test(
        'source-sdk/src/publishers/drasi-server-publisher.test.ts',
        'repeats the whole call after a full log and after a batch that failed in part',
      ),
    ],
  },
  {
    name: 'a publish to Redis does not wait for its answer',
    breaks: 'I2',
    file: 'source-sdk/src/publishers/redis-stream-publisher.ts',
    find: 'await orAborted(added, inTime);',
    replace: 'void added.catch(() => undefined);',
    caughtBy: [
      test(
        'source-sdk/src/publishers/redis-stream-publisher.test.ts',
        'tells a fault that may pass from a refusal',
      ),
    ],
  },
  {
    name: 'a publish to Redis is not asked about before it is sent',
    breaks: 'R21',
    file: 'source-sdk/src/publishers/redis-stream-publisher.ts',
    find: 'lastCall?.();',
    replace: '',
    caughtBy: [
      test(
        'source-sdk/src/publishers/redis-stream-publisher.test.ts',
        'ends at once when it is told to, and is asked before it sends',
      ),
    ],
  },
  {
    name: 'a file of the state is written over whatever version is there',
    breaks: 'R8',
    file: 'source-sdk/src/state/file-state-store.ts',
    find: 'if ((await this.#read(key))?.etag !== etag) throw new StateConflictError(key);',
    replace: '',
    caughtBy: [
      test(
        'source-sdk/src/state/file-state-store.test.ts',
        'gives one of many writes of one version the win',
      ),
    ],
  },
  {
    name: 'an outage of the database is taken for another writer',
    breaks: 'I7',
    file: 'source-sdk/src/state/dapr-state-store.ts',
    find: 'if ((await this.get(key))?.etag !== etag) throw new StateConflictError(key);',
    replace: 'throw new StateConflictError(key);',
    caughtBy: [
      test(
        'source-sdk/src/state/dapr-state-store.test.ts',
        'does not take an outage of the database for another writer, though Dapr calls it a mismatch',
      ),
    ],
  },
  {
    name: 'a state directory is written without its lock',
    breaks: 'I7',
    file: 'source-sdk/src/state/file-state-store.ts',
    find: 'await this.#lock.check();\n      if (',
    replace: 'if (',
    caughtBy: [
      test('source-sdk/src/state/file-state-store.test.ts', 'stops writing when its lock was taken away'),
    ],
  },
  {
    name: 'a monitor is started while the one before it still runs',
    breaks: 'I7',
    file: 'source-sdk/src/reactivator/monitor-loop.ts',
    find: 'await awaitMonitorEnd(iterator, { clock, logger, graceMs }, stop);',
    replace: '',
    caughtBy: [
      test(
        'source-sdk/src/reactivator/reactivator.test.ts',
        'lets the monitor clean up before run ends, so that its successor is alone',
      ),
    ],
  },
  {
    name: 'a monitor that hangs is called well',
    breaks: 'health',
    file: 'source-sdk/src/reactivator/monitor-progress.ts',
    find: 'if (silent <= this.#stalledAfterMs) return undefined;',
    replace: 'if (silent >= 0) return undefined;',
    caughtBy: [test('source-sdk/src/reactivator/monitor-progress.test.ts', 'fails when a poll hangs')],
  },
  {
    name: 'one that lost the lease takes hand-overs',
    breaks: 'R8, R21',
    file: 'source-sdk/src/sessions/session-book.ts',
    find: 'await this.#keeper.verify();',
    replace: '',
    caughtBy: [
      test('source-sdk/src/reactivator/lease.test.ts', 'hand-over to one that was paused and wakes'),
    ],
  },
  {
    name: 'a session is called unknown before the state is loaded',
    breaks: 'R2',
    file: 'source-sdk/src/sessions/session-book.ts',
    find: 'renew(id: string): void {\n    this.#requireRestored();',
    replace: 'renew(id: string): void {',
    caughtBy: [
      test(
        'source-sdk/src/sessions/session-book.test.ts',
        'finds the sessions of before a restart, and gives them a whole lease',
      ),
    ],
  },
  {
    name: 'an index is stored under a name that nothing remembers',
    breaks: 'R24',
    file: 'kusto-source/src/key-index/source-indexes.ts',
    find: 'await this.#roster.add(entity);',
    replace: '',
    caughtBy: [
      test(
        'kusto-source/src/key-index/source-indexes.test.ts',
        'are all deleted, those of former entities too',
      ),
    ],
  },
  {
    name: 'an index that is gone is begun anew',
    breaks: 'R23',
    file: 'kusto-source/src/key-index/source-indexes.ts',
    find: 'if (mustExist && (await this.#blobs.read(name)) === undefined) throw gap(name);',
    replace: '',
    caughtBy: [
      test(
        'kusto-source/src/key-index/source-indexes.test.ts',
        'that are gone although the checkpoint has them are lost state',
      ),
    ],
  },
  {
    name: 'a manifest that is gone is a first start',
    breaks: 'R23',
    file: 'kusto-source/src/key-index/head-blob.ts',
    find: "if (state === 'created') throw gap(key);",
    replace: '',
    caughtBy: [
      test(
        'kusto-source/src/key-index/state-blobs.test.ts',
        'is a first start once, and a gap when it was there and is gone',
      ),
    ],
  },
  {
    name: 'an index whose deletion was begun is opened',
    breaks: 'R24',
    file: 'kusto-source/src/key-index/head-blob.ts',
    find: "if (state === 'destroying') throw gap(markerOf(key));",
    replace: '',
    caughtBy: [
      test(
        'kusto-source/src/key-index/state-blobs.test.ts',
        'is not opened when its deletion was begun, until that is finished',
      ),
    ],
  },
  {
    name: 'a hole in a log is its end',
    breaks: 'R23',
    file: 'kusto-source/src/key-index/segment-log.ts',
    find: 'if ((await this.get(this.#next + 1)) !== undefined) throw gap(this.#key(this.#next));',
    replace: '',
    caughtBy: [
      test('kusto-source/src/key-index/state-blobs.test.ts', 'finds its end, and takes a hole for a gap'),
    ],
  },
  {
    name: 'a blob may be larger than 1 MB',
    breaks: 'R9',
    file: 'kusto-source/src/key-index/entry-codec.ts',
    find: 'MAX_BLOB_BYTES = 700_000',
    replace: 'MAX_BLOB_BYTES = 7_000_000',
    caughtBy: [
      test(
        'kusto-source/src/key-index/hand-over-journal.test.ts',
        'cuts what is larger than a blob, and stays under 1 MB',
      ),
    ],
  },
  {
    name: 'hand-overs are forgotten before they are in the index',
    breaks: 'R6',
    file: 'kusto-source/src/key-index/hand-over-journal.ts',
    find: 'let count = 0;',
    replace: 'let count = 0;\n    await this.#head.replace({ first: end, oldest: first });',
    caughtBy: [
      test(
        'kusto-source/src/key-index/key-index.model.test.ts',
        'contain all that may be live, and know only what every reader holds',
      ),
    ],
  },
  {
    name: 'hashes that mean nothing any more are settled',
    breaks: 'R7',
    file: 'kusto-source/src/key-index/key-index.ts',
    find: 'return this.#inTurn(async () => {\n      this.#notes.crossAll();',
    replace: 'return this.#inTurn(async () => {',
    caughtBy: [
      test(
        'kusto-source/src/key-index/key-index.test.ts',
        'keeps keys and forgets hashes with another configuration',
      ),
    ],
  },
  {
    name: 'a key that is in two buckets is known',
    breaks: 'R7',
    file: 'kusto-source/src/key-index/key-index.ts',
    find: 'group.put(isTwice ? unknownKey(entry) : entry);',
    replace: 'group.put(entry);',
    caughtBy: [
      test('kusto-source/src/key-index/key-index.test.ts', 'knows nothing of a key that was in two buckets'),
    ],
  },
];
