import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v2Body } from '../../../kusto-client/src/testing/bodies.ts';
import type { ScriptedAnswer } from '../../../kusto-client/src/testing/fake-kusto.ts';
import { wholeWindow } from './sliced-window.ts';
import {
  at,
  codeOf,
  follow,
  keyCount,
  origin,
  partOf,
  position,
  refused,
  rowCount,
  rowOf,
  schema,
  windowBody,
} from './testing/scripted-feed.ts';

describe('gaps (I10)', () => {
  const stop = { properties: {} };
  const again = { properties: { ON_GAP: 'resnapshot' } };
  const wholeTable = [schema, position('9'), keyCount(1), rowOf(), position('9')];

  it('are looked for at the start and then about once a minute, by three commands that a viewer may ask', async () => {
    const answers = [schema, position('5'), position('5'), schema, position('5')];
    const { commands, queries, error } = await follow(answers, { ...at('5'), times: [30_000, 61_000] });
    assert.equal(error, undefined);
    assert.deepEqual(commands.slice(0, 3).toSorted(), [
      '.show database identity',
      ".show table ['T'] details",
      ".show table ['T'] policy ingestiontime",
    ]);
    assert.equal(commands.length, 6);
    assert.equal(queries.length, 5);
  });

  for (const [what, shown, reason] of [
    ['a table that was made again', { table: 't2' }, /the table T was dropped and made again.*t1 and is t2/],
    ['a database that was made again', { database: 'd2' }, /the database db was made again.*d1 and is d2/],
  ] as const) {
    it(`${what} stops the feed, and says what to do`, async () => {
      const { error, batches } = await follow([schema], { ...at('5'), ...stop, shown });
      assert.equal(codeOf(error), 'GAP');
      assert.equal((error as { fatal?: boolean }).fatal, true);
      assert.match(String(error), reason);
      assert.match(String(error), /set ON_GAP to resnapshot/);
      assert.deepEqual(batches, []);
    });

    it(`${what} has everything published again with ON_GAP resnapshot`, async () => {
      const answers = [schema, ...wholeTable];
      const { error, batches, log, queries } = await follow(answers, { ...at('5'), ...again, shown });
      assert.equal(error, undefined);
      assert.match(queries[4] ?? '', /cursor_before_or_at\("9"\) or isnull/);
      assert.equal(batches[0]?.changes.length, 1);
      assert.equal(batches[0]?.checkpoint, undefined, 'a crash in between repeats it');
      assert.deepEqual(batches.at(-1), {
        changes: [],
        ...at('9', {
          origin: { ...origin, ...('table' in shown ? { tableId: 't2' } : { databaseId: 'd2' }) },
        }),
      });
      assert.match(log.join(), /vanished meanwhile stay in Drasi/);
    });
  }

  it('are found while the feed runs', async () => {
    let table = 't1';
    const shown = {
      get table() {
        return table;
      },
    };
    const abandonedSessions = (): [] => {
      table = 't2';
      return [];
    };
    const answers = [schema, position('5'), position('5')];
    const { error } = await follow(answers, { ...at('5'), shown, abandonedSessions, times: [1, 61_000] });
    assert.equal(codeOf(error), 'GAP');
  });

  it('a policy that is off stops the feed whatever ON_GAP says, and is remembered when it is on again', async () => {
    for (const policy of ['null', '{"IsEnabled":false}']) {
      const off = await follow([schema], { ...at('5'), ...again, shown: { policy } });
      assert.equal(codeOf(off.error), 'GAP');
      assert.match(String(off.error), /\.alter table \['T'\] policy ingestiontime true/);
      const checkpoint = off.batches[0]?.checkpoint;
      assert.ok(checkpoint !== undefined);
      assert.equal(partOf(checkpoint).cursor, '5');
      const on = await follow([schema], { checkpoint });
      assert.equal(codeOf(on.error), 'GAP');
      assert.match(String(on.error), /switched off for a time/);
      const healed = await follow([schema, ...wholeTable], { checkpoint, ...again });
      assert.deepEqual(healed.batches.at(-1), { changes: [], ...at('9') });
    }
  });

  it('a feed does not begin while the policy is off', async () => {
    const { error, batches } = await follow([schema, position('5')], { shown: { policy: 'null' } });
    assert.equal(codeOf(error), 'GAP');
    assert.deepEqual(batches, []);
  });

  it('a cursor that the service refuses is one, told by trying it out', async () => {
    const bad = refused('cursor 5 is not known');
    const window = [schema, position('9'), bad, schema, bad];
    const stopped = await follow([...window, schema], at('5'));
    assert.equal(codeOf(stopped.error), 'GAP');
    assert.match(String(stopped.error), /cursor of the checkpoint.*cursor 5 is not known/);
    assert.deepEqual(stopped.queries.slice(-2), [
      `['T'] | where cursor_after("5") | take 0`,
      `['T'] | where cursor_after("") | take 0`,
    ]);
    const resumed = await follow([...window, schema, ...wholeTable], { ...at('5'), ...again });
    assert.equal(resumed.error, undefined);
    assert.deepEqual(resumed.batches.at(-1), { changes: [], ...at('9') });
  });

  it('a window that is refused for another reason is none', async () => {
    const bad = refused('no such function');
    const { error } = await follow([schema, position('9'), bad, schema, schema], {
      ...at('5'),
      ...again,
    });
    assert.equal(codeOf(error), 'KUSTO_BAD_REQUEST');
  });

  it('an answer that is cut short is none, whatever was asked when it was', async () => {
    // Without its last frame, which tells that the result is whole.
    const cut: ScriptedAnswer = { body: `${windowBody(1).slice(0, windowBody(1).lastIndexOf(',{'))}]` };
    for (const answers of [[cut], [refused('busy'), schema, cut]]) {
      const { error, batches } = await follow([schema, position('9'), ...answers, schema], {
        ...at('5'),
        ...again,
      });
      assert.equal(codeOf(error), 'KUSTO_INCOMPLETE');
      assert.deepEqual(batches, []);
    }
  });

  it('of bootstraps without a checkpoint are lost state (R23)', async () => {
    const abandonedSessions = (): { id: string; labels: string[] }[] => [{ id: 's1', labels: ['other'] }];
    const stopped = await follow([schema, position('5')], { abandonedSessions });
    assert.equal(codeOf(stopped.error), 'GAP');
    assert.match(String(stopped.error), /a part of it is lost/);
    const { batches } = await follow([schema, position('5'), ...wholeTable], { ...again, abandonedSessions });
    assert.equal(batches[0]?.changes.length, 1);
  });

  it('that the identity may not ask for are named once', async () => {
    const answers = [schema, position('5'), schema, position('5')];
    const options = { ...at('5'), shown: { denied: /details/, policy: 'what' }, times: [61_000] };
    const { error, log } = await follow(answers, options);
    assert.equal(error, undefined);
    assert.equal(log.length, 1);
    assert.match(
      log[0] ?? '',
      /a table that was made again will not be noticed, since \.show table \['T'\] details/,
    );
  });

  it('a checkpoint of format 1 goes on, and learns what it belongs to', async () => {
    const answers = [schema, position('9'), rowCount(0), { body: windowBody(0) }];
    const { batches, error } = await follow(answers, { checkpoint: { format: 1, cursor: '5' } });
    assert.equal(error, undefined);
    assert.deepEqual(batches, [
      { changes: [], ...at('5') },
      { changes: [], ...at('9') },
    ]);
  });

  it('end a window that is under way: what its slices left out is in the resnapshot', async () => {
    const window = { ...wholeWindow('8'), hash: 'long 7', modulus: 2, next: 1 };
    const answers = [schema, ...wholeTable];
    const { batches, queries, error } = await follow(answers, {
      ...at('5', { window }),
      ...again,
      shown: { table: 't2' },
    });
    assert.equal(error, undefined);
    assert.ok(queries.every((text) => !text.includes('cursor_after')));
    assert.deepEqual(batches.at(-1), { changes: [], ...at('9', { origin: { ...origin, tableId: 't2' } }) });
  });

  it('do not cost a window under way its slices: the checkpoint that learns keeps them', async () => {
    const window = { ...wholeWindow('9'), hash: 'long 7', modulus: 2, next: 1 };
    const hashes: ScriptedAnswer = { body: v2Body({ columns: [['print_0', 'long']], rows: [['7']] }) };
    const { upTo, hash, modulus, next } = window;
    const old = { format: 1, cursor: '5', window: { upTo, hash, modulus, next, parts: [] } };
    const answers = [schema, hashes, { body: windowBody(1) }, position('9')];
    const { batches, error } = await follow(answers, { checkpoint: old });
    assert.equal(error, undefined);
    assert.deepEqual(
      batches.map(({ checkpoint }) => checkpoint),
      [at('5', { window }).checkpoint, at('9').checkpoint],
    );
  });
});
