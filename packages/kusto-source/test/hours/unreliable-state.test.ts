// A state store that breaks its word, by a seeded choice: the feed recovers, or ends with the right error; nothing is lost silently.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { SourceError } from '@drasi-kusto/source-sdk';
import { startKustoLocal, type KustoLocal } from 'kusto-local';
import { OutageRun } from './outage-run.ts';
import type { StoreTroubles } from './troubled-store.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({});
});
after(() => kusto.close());

interface Unreliable {
  readonly name: string;
  readonly troubles: StoreTroubles;
  /** The errors that may end the feed. */
  readonly ends: readonly string[];
}

const kinds: readonly Unreliable[] = [
  {
    name: 'requests fail, and answers are lost: recovered',
    troubles: { refused: 0.2, unanswered: 0.2 },
    ends: [],
  },
  {
    name: 'writes meet ETags of another: it ends, since two may publish',
    troubles: { conflict: 0.3 },
    ends: ['ANOTHER_REACTIVATOR'],
  },
  {
    name: 'reads are older than writes: it ends before it publishes by them',
    troubles: { stale: 0.4 },
    ends: ['ANOTHER_REACTIVATOR'],
  },
  {
    name: 'reads are cut: it ends, and says that what is stored is damaged',
    troubles: { partial: 0.3 },
    ends: ['STATE_CORRUPT'],
  },
];

describe('an unreliable state store', { timeout: 120_000 }, () => {
  for (const { name, troubles, ends } of kinds)
    it(`${name}; nothing is lost`, async () => {
      await using run = await OutageRun.start(kusto, 7);
      let ended = 0;
      const beginAgain = async (): Promise<void> => {
        const { failure } = run;
        if (failure === undefined) return;
        assert.ok(failure instanceof SourceError && ends.includes(failure.code), 'another end');
        ended += 1;
        run.store.troubles = {};
        await run.end();
        await run.begin();
        await run.clock.pass(5_000);
      };
      for (let turn = 0; turn < 4; turn += 1) {
        run.store.troubles = troubles;
        await run.change(turn, turn + 1);
        await run.vanish(9 - turn);
        await run.clock.pass(15_000);
        await beginAgain();
      }
      run.store.troubles = {};
      // What went wrong in the last moment may end it only now, or when a scan next writes what it then read.
      await run.clock.pass(40_000);
      await beginAgain();
      await run.caughtUp();
      assert.ok(run.store.happened.size > 0, 'something went wrong');
      assert.equal(ended > 0, ends.length > 0, `it ended ${ended} times`);
    });
});
