import { test, type Mutation } from '../mutation.ts';

const reactivator = 'source-sdk/src/reactivator/reactivator.test.ts';
const lease = 'source-sdk/src/reactivator/lease.test.ts';
const deprovision = 'source-sdk/src/reactivator/deprovision.test.ts';

/** The end of a source. */
export const ofEnds: readonly Mutation[] = [
  {
    name: 'the source deletes its state while the loop still runs',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/reactivator.ts',
    find: 'await this.#loop;',
    replace: '',
    caughtBy: [test(reactivator, 'drains, calls the author, deletes the state, and nothing recreates it')],
  },
  {
    name: 'the record may be written after the end of the source',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/deprovision.ts',
    find: 'await keeper.seal(reason);',
    replace: '',
    caughtBy: [test(reactivator, 'drains, calls the author, deletes the state, and nothing recreates it')],
  },
  {
    name: 'a hand-over may end after the source deleted its state',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/deprovision.ts',
    find: 'await sessions.refuseHandOvers(reason);',
    replace: '',
    caughtBy: [
      test('source-sdk/src/sessions/hand-overs.test.ts', 'under way end before the source deletes its state'),
    ],
  },
  {
    name: 'a reactivator that waits recreates what its holder deleted',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/lease.ts',
    find: 'return this.#seen === undefined ? 0 : LOOK_MS;',
    replace: 'return 0;',
    caughtBy: [test(lease, 'deprovisioned by its holder')],
  },
  {
    name: 'a deprovision that reaches a pod that waits deletes the state under its holder',
    breaks: 'R24, R21',
    file: 'source-sdk/src/reactivator/deprovision.ts',
    find: 'if (!keeper.holds) return await takeToDelete(this.#options, late.signal, aim);',
    replace: 'if (!keeper.holds) return true;',
    caughtBy: [
      test(deprovision, 'asked of the one that waits'),
      test(deprovision, 'a holder that is dead is not waited for longer than its lease'),
    ],
  },
  {
    name: 'the holder does not end when another one is told to deprovision',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/reactivator.ts',
    find: 'onEnding: () => this.#halt.abort(deprovisioned()),',
    replace: '',
    caughtBy: [test(deprovision, 'asked of the one that waits')],
  },
  {
    name: 'the holder’s next write removes the mark that its source ends',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/stored-record.ts',
    find: 'if (found.ending === true) record = ending(record);',
    replace: '',
    caughtBy: [
      test(deprovision, 'asked of the one that waits'),
      test(deprovision, 'the mark is not lost when it meets a write of the holder'),
    ],
  },
  {
    name: 'an end that takes long is taken for one that was left behind',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/deprovision.ts',
    find: 'keepWhileDeleting(this.#options, done.signal)',
    replace: 'undefined',
    caughtBy: [test(deprovision, 'one that waits takes nothing over while the end lasts')],
  },
  {
    name: 'an end that broke off goes on as a feed after a restart',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/deprovision.ts',
    find: 'await keeper.markEnding(late.signal);',
    replace: '',
    caughtBy: [test(deprovision, 'an end that nobody finished is finished by the next reactivator')],
  },
  {
    name: 'an end that another reactivator finished is carried on with, against a new source of the name',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/reactivator.ts',
    find: "await this.#end.run('finish');",
    replace: 'await this.#end.run();',
    caughtBy: [test(deprovision, 'an end that another one finished meanwhile is left alone')],
  },
  {
    name: 'a store that is away for a moment keeps the record of a source that ended',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/stored-record.ts',
    find: 'attempt >= DELETE_ATTEMPTS',
    replace: 'attempt >= 1',
    caughtBy: [test(deprovision, 'a store that does not delete at once is asked again')],
  },
  {
    name: 'what was released to be deleted is taken by whoever looks first',
    breaks: 'R24',
    file: 'source-sdk/src/reactivator/lease.ts',
    find: "if (record.ending !== true || aim === 'end') {",
    replace: '{',
    caughtBy: [test(lease, 'one that ends is left alone for the whole time')],
  },
];
