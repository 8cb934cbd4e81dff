import { test, type Mutation } from '../mutation.ts';

const index = 'kusto-source/src/key-index/key-index.test.ts';
const blobs = 'kusto-source/src/key-index/state-blobs.test.ts';
const published = 'kusto-source/src/key-index/entity-index.test.ts';
const scan = 'kusto-source/src/scan/scan.test.ts';
const faults = 'kusto-source/src/scan/scan-faults.test.ts';
const vanished = 'kusto-source/src/scan/vanished-keys.test.ts';
const moved = 'kusto-source/src/key-index/moved-relations.model.test.ts';

/** The key index, scans and deletes. */
export const ofDeletes: readonly Mutation[] = [
  {
    name: 'a key is noted after its publish instead of before',
    breaks: 'R6',
    file: 'kusto-source/src/key-index/entity-index.ts',
    find: 'await keys.noteLive(entries);\n  yield { changes: moved, ...end };',
    replace: 'yield { changes: moved, ...end };\n  await keys.noteLive(entries);',
    caughtBy: [test(published, 'is in the index before a byte of it leaves')],
  },
  {
    name: 'a hash is known before its publish is acknowledged',
    breaks: 'R6',
    file: 'kusto-source/src/key-index/entity-index.ts',
    find: 'yield { changes: moved, ...end };\n  await keys.settle(entries);',
    replace: 'await keys.settle(entries);\n  yield { changes: moved, ...end };',
    caughtBy: [test(published, 'is in the index before a byte of it leaves')],
  },
  {
    name: 'a key that is deleted is known until its delete is acknowledged',
    breaks: 'R6',
    file: 'kusto-source/src/key-index/entity-index.ts',
    find: 'await keys.noteLive(deleted.map(unknownKey));',
    replace: 'await keys.noteLive((await keys.find(deleted)).values());',
    caughtBy: [test(published, 'leaves the index after its delete is acknowledged')],
  },
  {
    name: 'a key leaves the index before its delete is acknowledged',
    breaks: 'R6',
    file: 'kusto-source/src/key-index/entity-index.ts',
    find: 'yield { changes, ...end };\n  await keys.remove(deleted);',
    replace: 'await keys.remove(deleted);\n  yield { changes, ...end };',
    caughtBy: [test(published, 'leaves the index after its delete is acknowledged')],
  },
  {
    name: 'a key that is about to change stays known',
    breaks: 'R6',
    file: 'kusto-source/src/key-index/key-entry.ts',
    find: 'isUnknown(stored) || agrees(stored, seen) ? stored : unknownKey(stored)',
    replace: 'stored',
    caughtBy: [test(index, 'makes a key unknown that is about to change or to be deleted')],
  },
  {
    name: 'a bootstrap’s mismatch is settled as known',
    breaks: 'R7',
    file: 'kusto-source/src/key-index/key-index.ts',
    find: '// A new key is unknown too: readers of earlier bootstraps do not have it.\n        const after = inDoubt(before, entry);',
    replace: 'const after = entry;',
    caughtBy: [
      test(index, 'makes a key unknown whose bootstrap sent another state, or that is new (R7 ABA)'),
    ],
  },
  {
    name: 'a key that a bootstrap did not send stays known',
    breaks: 'R7',
    file: 'kusto-source/src/key-index/key-index.ts',
    find: 'await this.#store(lacking.map(doubted));',
    replace: '',
    caughtBy: [
      test(
        'kusto-source/src/key-index/key-index.model.test.ts',
        'contain all that may be live, and know only what every reader holds, after a crash at any step (R6, R7, R8)',
      ),
    ],
  },
  {
    name: 'a window leaves out what is known while a bootstrap is under way',
    breaks: 'R7',
    file: 'kusto-source/src/key-index/entity-index.ts',
    find: 'isQuiet(index) ? await index.keys.find(entries) : undefined',
    replace: 'await index.keys.find(entries)',
    caughtBy: [
      test(
        'kusto-source/src/key-index/entity-index.test.ts',
        'is all of it while a bootstrap is under way, which may have read while the key was away (R7)',
      ),
    ],
  },
  {
    name: 'a publish overwrites what a bootstrap handed over meanwhile',
    breaks: 'R8',
    file: 'kusto-source/src/key-index/key-index.ts',
    find: 'this.#notes.cross(before, entry);',
    replace: '',
    caughtBy: [test(index, 'lets no publish overwrite what was handed over meanwhile (R8)')],
  },
  {
    name: 'a blob of another process is taken for the own one',
    breaks: 'R8',
    file: 'kusto-source/src/key-index/state-blobs.ts',
    find: 'if (stored !== undefined && isDeepStrictEqual(stored.value, value)) return',
    replace: 'if (stored !== undefined) return',
    caughtBy: [test(blobs, 'ends when another process has written (R8)')],
  },
  {
    name: 'the index goes on after a write that failed',
    breaks: 'R8',
    file: 'kusto-source/src/key-index/key-index.ts',
    find: 'this.#failure ??= error as Error;',
    replace: '',
    caughtBy: [
      test(index, 'refuses everything after a failed write, and after another process has taken it (R8)'),
    ],
  },
  {
    name: 'hand-overs are never folded into the index',
    breaks: 'I13',
    file: 'kusto-source/src/key-index/hand-over-journal.ts',
    find: 'await index.handedOver(entries);',
    replace: '',
    caughtBy: [test(scan, 'are deleted when their rows existed only between two scans (I13, R6)')],
  },
  {
    name: 'a journal whose blob is gone is taken for an empty one',
    breaks: 'R23',
    file: 'kusto-source/src/key-index/hand-over-journal.ts',
    find: 'if (segment === undefined) throw gap(',
    replace: 'if (segment === undefined) continue;\n      if (segment === undefined) throw gap(',
    caughtBy: [
      test(
        'kusto-source/src/key-index/hand-over-journal.test.ts',
        'says that it has a gap when its head or a blob is gone (R23)',
      ),
    ],
  },
  {
    name: 'a scan does not see a bucket that was emptied',
    breaks: 'R17',
    file: 'kusto-source/src/scan/scan.ts',
    find: 'if (!sameDigest(stored, now))',
    replace: 'if (seen.has(bucket) && !sameDigest(stored, now))',
    caughtBy: [test(scan, 'sees a bucket that was emptied')],
  },
  {
    name: 'a digest leaves half of a hash out',
    breaks: 'R17',
    file: 'kusto-source/src/key-index/bucket-digest.ts',
    find: 'stored.sumHigh === seen.sumHigh &&',
    replace: '',
    caughtBy: [test('kusto-source/src/key-index/bucket-digest.test.ts', 'bucket digests (R17)')],
  },
  {
    name: 'a bucket with an unknown key may be equal',
    breaks: 'R17, R7',
    file: 'kusto-source/src/key-index/bucket-digest.ts',
    find: 'stored.unknown === 0 &&',
    replace: '',
    caughtBy: [
      test(
        'kusto-source/src/key-index/bucket-digest.test.ts',
        'of a bucket with an unknown key are never the same',
      ),
    ],
  },
  {
    name: 'a key that is in two rows of an answer is published twice',
    breaks: 'R17',
    file: 'kusto-source/src/scan/read-part.ts',
    find: 'if (ids.has(id)) throw keyNotUnique(config, id);',
    replace: '',
    caughtBy: [test(scan, 'ends with an error that names the key when it is in several rows')],
  },
  {
    name: 'a delete is published without a re-check',
    breaks: 'R18',
    file: 'kusto-source/src/scan/vanished-keys.ts',
    find: 'if (!present.has(place.id)) gone.push(place);',
    replace: 'gone.push(place);',
    caughtBy: [test(vanished, 'are asked for once more without a bound, and stay when they are there (R18)')],
  },
  {
    name: 'the re-check has the bound of the scan',
    breaks: 'R18',
    file: 'kusto-source/src/scan/vanished-keys.ts',
    find: 'readKeyed(source, { whole: true },',
    replace: 'readKeyed(source, source.range,',
    caughtBy: [test(vanished, 'are asked for once more without a bound, and stay when they are there (R18)')],
  },
  {
    name: 'deletes are published before the scan is complete',
    breaks: 'R18',
    file: 'kusto-source/src/scan/scan.ts',
    find: 'vanished.add({ id, bucket });',
    replace: 'vanished.add({ id, bucket });\n    yield* publishVanished(source, vanished, signal);',
    caughtBy: [test(faults, 'at any query, by cutAfterRows')],
  },
  {
    name: 'a scan deletes without a limit',
    breaks: 'R19',
    file: 'kusto-source/src/scan/vanished-keys.ts',
    find: 'if (deletes <= this.#limit) return;',
    replace: 'return;',
    caughtBy: [test(vanished, 'are not deleted when they are more than half of all')],
  },
  {
    name: 'a policy that is switched on while a scan runs deletes what it hides',
    breaks: 'R19',
    file: 'kusto-source/src/scan/vanished-keys.ts',
    find: '(await currentEpoch(source, signal)) !== index.keys.epoch',
    replace: '(await currentEpoch(source, signal)) === undefined',
    caughtBy: [test(vanished, 'that is switched on while a scan runs takes its deletes away')],
  },
  {
    name: 'deletes are read off a table with row-level security',
    breaks: 'R19',
    file: 'kusto-source/src/scan/row-security.ts',
    find: "config.rowLevelSecurity === 'refuse'",
    replace: 'false',
    caughtBy: [test(vanished, 'is refused where deletes are read off the table')],
  },
  {
    name: 'a relation moves to another end without a delete',
    breaks: 'R22',
    file: 'kusto-source/src/key-index/entity-index.ts',
    find: '[change] : [deleteBefore(change), change]',
    replace: '[change] : [change]',
    caughtBy: [test(moved, 'are never left between ends that are stale')],
  },
  {
    name: 'a relation moves while a bootstrap may have read its ends',
    breaks: 'R22',
    file: 'kusto-source/src/key-index/entity-index.ts',
    find: 'isSame && quiet;',
    replace: 'isSame;',
    caughtBy: [test(moved, 'are never left between ends that are stale')],
  },
  {
    name: 'without an index, a relation moves without a delete',
    breaks: 'R22',
    file: 'kusto-source/src/element/element-encoder.ts',
    find: 'this.endsOfKey ? upserts :',
    replace: 'upserts.length >= 0 ? upserts :',
    caughtBy: [
      test(
        'kusto-source/src/element/relations.test.ts',
        'are deleted before they are upserted, where nothing tells',
      ),
    ],
  },
];
