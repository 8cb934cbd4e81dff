import { test, type Mutation } from '../mutation.ts';

const phases = 'kusto-source/src/scan/scan-in-phases.test.ts';
const beside = 'kusto-source/test/scans-beside.test.ts';
const questions = 'kusto-source/src/feed/questions-beside.test.ts';

/** Scans beside windows. */
export const ofScans: readonly Mutation[] = [
  {
    name: 'a scan is compared with what windows published after its cursor',
    breaks: 'R17',
    file: 'kusto-source/src/scan/scan-in-phases.ts',
    find: 'compareDigests(indexed, await',
    replace: 'compareDigests(await digestsOf(source.index), await',
    caughtBy: [test(phases, 'finds nothing where nothing differed at its cursor')],
  },
  {
    name: 'what a scan finds is read at the cursor where it was begun',
    breaks: 'I3',
    file: 'kusto-source/src/feed/scan-beside.ts',
    find: '? await position() : this.#place(cursor)',
    replace: '? this.#at : this.#place(cursor)',
    caughtBy: [test(beside, 'windows of its entity and of others are published, and then what it found')],
  },
  {
    name: 'what came to a bucket that was empty when a scan was begun is taken for gone',
    breaks: 'R19',
    file: 'kusto-source/src/scan/scan-in-phases.ts',
    find: 'Math.max(rows, stored.count, 1)',
    replace: 'rows',
    caughtBy: [test(phases, 'takes no row for gone that came to an empty table meanwhile (R19)')],
  },
  {
    name: 'a scan goes on with numbers of buckets that mean nothing any more',
    breaks: 'R9, R19',
    file: 'kusto-source/src/scan/scan-in-phases.ts',
    find: "if (meaningOf(source.index.keys) !== begun.meaning) return 'changed';",
    replace: '',
    caughtBy: [test(phases, 'begins anew when columns, policy or buckets are others')],
  },
  {
    name: 'a scan goes on with other columns than it was begun with',
    breaks: 'R20',
    file: 'kusto-source/src/scan/scan-in-phases.ts',
    find: "if (!sameColumns(begun.columns, columns)) return 'changed';",
    replace: '',
    caughtBy: [test(phases, 'begins anew when columns, policy or buckets are others')],
  },
  {
    name: 'the digests of several scans are computed at once',
    breaks: 'I7',
    file: 'kusto-source/src/feed/questions-beside.ts',
    find: 'await before;',
    replace: 'await Promise.resolve();',
    caughtBy: [test(questions, 'are in flight one at a time, in their order (I7)')],
  },
  {
    name: 'the question of a scan outlives the feed',
    breaks: 'R24',
    file: 'kusto-source/src/feed/questions-beside.ts',
    find: 'await this.#last;',
    replace: '',
    caughtBy: [test(questions, 'are over when the loop ends')],
  },
  {
    name: 'the loop waits for the digests of a scan',
    breaks: 'I7',
    file: 'kusto-source/src/feed/scan-beside.ts',
    find: 'return new ScanBeside(feed, index, begun, question, at, from);',
    replace:
      'while (question.end === undefined) await new Promise((turn) => setTimeout(turn, 5));\n    return new ScanBeside(feed, index, begun, question, at, from);',
    caughtBy: [test(beside, 'windows of its entity and of others are published, and then what it found')],
  },
  {
    name: 'the loop is not woken by the answer of a scan',
    breaks: 'I7',
    file: 'kusto-source/src/feed/monitor.ts',
    find: 'await context.sleep(Math.min(rest, longestSleepMs), questions.nextEnd());',
    replace: 'await context.sleep(Math.min(rest, longestSleepMs));',
    caughtBy: [test(beside, 'the loop is woken by the answer, and sleeps no longer')],
  },
];
