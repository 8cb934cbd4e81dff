import { test, type Mutation } from '../mutation.ts';

const proxy = 'source-sdk/src/proxy/source-proxy.test.ts';
const book = 'source-sdk/src/sessions/session-book.test.ts';
const handOvers = 'source-sdk/src/sessions/hand-overs.test.ts';
const snapshot = 'kusto-source/src/snapshot/snapshot.test.ts';
const monitor = 'kusto-source/src/feed/monitor.test.ts';

/** Sessions, hand-overs, slices and the end of an answer. */
export const ofBootstraps: readonly Mutation[] = [
  {
    name: 'a session opens before a checkpoint is stored',
    breaks: 'R1',
    file: 'source-sdk/src/sessions/session-book.ts',
    find: 'if (record.checkpoint === undefined)',
    replace: 'if (false)',
    caughtBy: [test(book, 'opens no session before a checkpoint is durable (R1 start hole)')],
  },
  {
    name: 'a bootstrap that gets no session goes on without one',
    breaks: 'R1',
    file: 'source-sdk/src/proxy/bootstrap-run.ts',
    find: 'signal.throwIfAborted();\n      throw new HttpError(',
    replace: "return 'none';\n      throw new HttpError(",
    caughtBy: [test(proxy, 'answers 503 when no session can be opened in time, and calls no bootstrap')],
  },
  {
    name: 'a bootstrap does not wait for the feed of its own entity',
    breaks: 'R1',
    file: 'kusto-source/src/snapshot/followed-entity.ts',
    find: 'if (followed !== undefined && followsSame(config, followed)) return followed;',
    replace: 'return followed ?? {};',
    caughtBy: [
      test(
        'kusto-source/src/snapshot/followed-entity.test.ts',
        'is waited for while the feed follows other entities only (R1)',
      ),
    ],
  },
  {
    name: 'an abandoned session is not republished',
    breaks: 'R2',
    file: 'kusto-source/src/feed/monitor.ts',
    find: 'yield* repairSessions(feeds, context, options.logger);',
    replace: '',
    caughtBy: [test(monitor, 'publishes the rows again for an abandoned bootstrap')],
  },
  {
    name: 'a session that is not renewed stays open for ever',
    breaks: 'R2',
    file: 'source-sdk/src/sessions/session-book.ts',
    find: 'return heard !== undefined && this.#clock.now() - heard > this.#leaseMs;',
    replace: 'return false;',
    caughtBy: [test(book, 'takes a session that is not renewed for abandoned (R2 killed proxy)')],
  },
  {
    name: 'the bootstraps of before a restart are never heard of again',
    breaks: 'R2',
    file: 'source-sdk/src/sessions/session-book.ts',
    find: 'this.#heard.set(session.id, this.#clock.now());',
    replace: '',
    caughtBy: [test(book, 'finds the sessions of before a restart, and gives them a whole lease')],
  },
  {
    name: 'a bootstrap that broke closes its session as if it were whole',
    breaks: 'R2',
    file: 'source-sdk/src/proxy/bootstrap-run.ts',
    find: 'body.begun ? sessions.abandon(id) : sessions.close(id)',
    replace: 'sessions.close(id)',
    caughtBy: [
      test(proxy, 'hands over before the bytes leave, and sends nothing that was not handed over (R6)'),
    ],
  },
  {
    name: 'a bootstrap does not renew its session',
    breaks: 'R2',
    file: 'source-sdk/src/proxy/bootstrap-run.ts',
    find: 'await sessions.renew(id);',
    replace: '',
    caughtBy: [test(proxy, 'opens before the bootstrap is called, renews while it sends')],
  },
  {
    name: 'a hand-over is waited for after its bytes have left',
    breaks: 'I13, R6',
    file: 'kusto-source/src/snapshot/handed-over.ts',
    find: 'await handOver(payload);',
    replace: 'void handOver(payload).catch(() => undefined);',
    caughtBy: [
      test(
        'kusto-source/src/snapshot/handed-over.test.ts',
        'leave whole and in order, none before its key is durable',
      ),
    ],
  },
  {
    name: 'the reactivator answers a hand-over before it is durable',
    breaks: 'I13, R6',
    file: 'source-sdk/src/sessions/hand-overs.ts',
    find: '      await taking;',
    replace: '      void taking.catch(() => undefined);',
    caughtBy: [test(handOvers, 'arrive as the bytes they are, and resolve only once they are durable')],
  },
  {
    name: 'a hand-over that the reactivator did not take counts as taken',
    breaks: 'I13, R6',
    file: 'source-sdk/src/sessions/dapr-sessions.ts',
    find: 'if (status === 204) return;',
    replace: 'return;',
    caughtBy: [test(handOvers, 'are repeated when the answer is lost or the source fails for a moment')],
  },
  {
    name: 'an answer that broke ends cleanly, without its poison line',
    breaks: 'I9',
    file: 'source-sdk/src/proxy/bootstrap-run.ts',
    find: 'await body.poison(',
    replace:
      'if (body.begun) {\n        await body.end();\n        return;\n      }\n      await body.poison(',
    caughtBy: [test(proxy, 'writes the poison line after the first byte, and cuts the connection')],
  },
  {
    name: 'the poison line is left out',
    breaks: 'I9',
    file: 'source-sdk/src/proxy/element-writer.ts',
    find: 'response.write(line, () => {',
    replace: "response.write('\\n', () => {",
    caughtBy: [test(proxy, 'writes the poison line after the first byte, and cuts the connection')],
  },
  {
    name: 'the connection of a poisoned answer is closed instead of cut',
    breaks: 'I9',
    file: 'source-sdk/src/proxy/element-writer.ts',
    find: 'response.destroy();',
    replace: 'response.end();',
    caughtBy: [test(proxy, 'cuts the connection without a chunked end on the wire')],
  },
  {
    name: 'half a line may stand before the poison line',
    breaks: 'I9',
    file: 'source-sdk/src/proxy/ndjson-sink.ts',
    find: 'checkLines(item);',
    replace: '',
    caughtBy: [test(proxy, 'refuses elements that would break the query')],
  },
  {
    name: 'the proxy does not wait for its reader',
    breaks: 'I8',
    file: 'source-sdk/src/proxy/element-writer.ts',
    find: 'if (this.#response.write(bytes)) return;',
    replace: 'this.#response.write(bytes);\n    return;',
    caughtBy: [test(proxy, 'stops the generator when the reader stops reading')],
  },
  {
    name: 'a slice that is read again sends its ids twice',
    breaks: 'R5',
    file: 'kusto-source/src/snapshot/read-slice.ts',
    find: 'sent.retry();',
    replace: '',
    caughtBy: [test(snapshot, 'reads a slice again that breaks, and skips what was sent (R5)')],
  },
  {
    name: 'the halves of a slice send again what it had sent',
    breaks: 'R5',
    file: 'kusto-source/src/snapshot/snapshot.ts',
    find: 'new SentIds(task.sent)',
    replace: 'new SentIds()',
    caughtBy: [test(snapshot, 'reads the halves of a slice that meets a limit')],
  },
  {
    name: 'the client repeats a query whose rows were already given out',
    breaks: 'R5',
    file: 'kusto-client/src/client.ts',
    find: 'if (delivered) throw error;',
    replace: '',
    caughtBy: [test('kusto-client/src/client-failures.test.ts', 'after the first row nothing is repeated')],
  },
  {
    name: 'a bootstrap goes on after rows that may be wrong',
    breaks: 'I9',
    file: 'kusto-source/src/snapshot/read-slice.ts',
    find: 'if (sent.count > 0 && mayBeWrong(error)) throw error;',
    replace: '',
    caughtBy: [test(snapshot, 'does not go on when rows that were sent may be wrong (I9)')],
  },
  {
    name: 'a bootstrap that is not row-local sends a key twice',
    breaks: 'R5',
    file: 'kusto-source/src/snapshot/snapshot.ts',
    find: '  checkUnique(options.config, size);',
    replace: '',
    caughtBy: [
      test(
        'kusto-source/test/indexed-bootstrap.test.ts',
        'of any query refuses a key that is in several rows',
      ),
    ],
  },
  {
    name: 'a bootstrap of an entity with an index hands nothing over',
    breaks: 'R6, I13',
    file: 'kusto-source/src/snapshot/bootstrap.ts',
    find: 'if (index === undefined || handOver === undefined)',
    replace: 'if (index !== undefined || handOver === undefined)',
    caughtBy: [
      test(
        'kusto-source/test/indexed-bootstrap.test.ts',
        'has a row that only it has seen in the index before its bytes leave',
      ),
    ],
  },
  {
    name: 'a bootstrap sends every version of a key',
    breaks: 'R5, R10',
    file: 'kusto-source/src/snapshot/snapshot.ts',
    find: 'fold: size.fold',
    replace: 'fold: false',
    caughtBy: [test(snapshot, 'folds every slice when the keys are too many to be grouped')],
  },
  {
    name: 'a proxy that stops begins new bootstraps',
    breaks: 'I12',
    file: 'source-sdk/src/proxy/source-proxy.ts',
    find: 'if (this.#stopping) throw',
    replace: 'if (false) throw',
    caughtBy: [test(proxy, 'lets a short bootstrap end, and refuses new ones')],
  },
  {
    name: 'the relations of a legacy answer have no limit',
    breaks: 'I8',
    file: 'source-sdk/src/proxy/acquire-sink.ts',
    find: 'if (this.#relationBytes > this.#spoolBytes)',
    replace: 'if (false)',
    caughtBy: [test(proxy, 'refuses more relations than it may hold')],
  },
  {
    name: 'snapshots run any number of queries',
    breaks: 'I8',
    file: 'kusto-source/src/snapshot/slice-permits.ts',
    find: 'while (this.#total < this.#limit)',
    replace: 'while (this.#limit > 0)',
    caughtBy: [
      test(
        'kusto-source/src/snapshot/slice-permits.test.ts',
        'are no more than the limit, over all snapshots',
      ),
    ],
  },
  {
    name: 'the queries of a reader that left go on, and keep their permits',
    breaks: 'I8',
    file: 'kusto-source/src/snapshot/snapshot.ts',
    find: 'await Promise.all([settle(steps), atReader === undefined ? undefined : end(atReader)]);',
    replace: '',
    caughtBy: [
      test(
        'kusto-source/src/snapshot/snapshot-readers.test.ts',
        'may leave at every batch: every permit comes back',
      ),
    ],
  },
];
