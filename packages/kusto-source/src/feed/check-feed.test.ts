import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { v2Body } from '../../../kusto-client/src/testing/bodies.ts';
import type { ScriptedAnswer } from '../../../kusto-client/src/testing/fake-kusto.ts';
import { readCheckpoint } from './checkpoint.ts';
import {
  position,
  keyCount,
  schema,
  windowBody,
  follow,
  origin,
  at,
  refused,
  rowCount,
  rowOf,
  columnsOf,
  schemaOf,
  propertiesOf,
  codeOf,
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
      assert.equal(readCheckpoint(checkpoint).cursor, '5');
      const on = await follow([schema], { checkpoint });
      assert.equal(codeOf(on.error), 'GAP');
      assert.match(String(on.error), /switched off for a time/);
      const healed = await follow([schema, ...wholeTable], { checkpoint, ...again });
      assert.deepEqual(healed.batches.at(-1), { changes: [], ...at('9') });
    }
  });

  it('a feed does not begin while the policy is off', async () => {
    const { error, batches } = await follow([schema], { shown: { policy: 'null' } });
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

  it('of bootstraps without a checkpoint are lost state (R23)', async () => {
    const abandonedSessions = (): { id: string; labels: string[] }[] => [{ id: 's1', labels: ['other'] }];
    const stopped = await follow([schema], { abandonedSessions });
    assert.equal(codeOf(stopped.error), 'GAP');
    assert.match(String(stopped.error), /a part of it is lost/);
    const { batches } = await follow([schema, ...wholeTable], { ...again, abandonedSessions });
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
});

describe('schema drift (R20)', () => {
  const start = at('5', { schema: schemaOf('a', 'b') });

  it('follow: new columns are properties at once', async () => {
    const { batches, error } = await follow(
      [columnsOf('a', 'b'), position('9'), rowCount(1), rowOf('a', 'b', 'c')],
      start,
    );
    assert.equal(error, undefined);
    assert.deepEqual(propertiesOf(batches), [{ k: 1, a: 'a1', b: 'b1', c: 'c1' }]);
    assert.deepEqual(batches.at(-1)?.checkpoint, at('9', { schema: schemaOf('a', 'b', 'c') }).checkpoint);
  });

  it('follow: a dropped column is null in the window that shows it, in all rows once, and in every later upsert', async () => {
    const answers = [
      columnsOf('a', 'b'),
      position('9'),
      rowCount(1),
      rowOf('a'),
      position('9'),
      keyCount(1),
      rowOf('a'),
      position('10'),
      rowOf('a'),
    ];
    const { batches, error, queries } = await follow(answers, { ...start, times: [1] });
    assert.equal(error, undefined);
    const nulled = { k: 1, a: 'a1', b: null };
    assert.deepEqual(propertiesOf(batches), [nulled, nulled, nulled]);
    assert.match(queries[6] ?? '', /cursor_before_or_at\("9"\) or isnull/, 'at the cursor of the feed');
    const states = batches.flatMap(({ checkpoint }) =>
      checkpoint === undefined ? [] : [readCheckpoint(checkpoint)],
    );
    assert.deepEqual(
      states.map(({ cursor, schema: { gone = [], republish = false } = {} }) => [cursor, gone, republish]),
      [
        ['9', ['b'], true],
        ['9', ['b'], false],
        ['10', ['b'], false],
      ],
    );
    const last = batches.at(-1)?.checkpoint;
    assert.ok(last !== undefined);
    const later = await follow([columnsOf('a'), position('11'), rowCount(1), rowOf('a')], {
      checkpoint: last,
    });
    assert.deepEqual(propertiesOf(later.batches), [nulled], 'remembered by the checkpoint');
  });

  it('follow: all rows are published again after a crash that came first', async () => {
    const schema = { ...schemaOf('a'), gone: ['b'], republish: true };
    const answers = [columnsOf('a'), position('9'), keyCount(1), rowOf('a'), position('5')];
    const { batches } = await follow(answers, at('5', { schema }));
    assert.deepEqual(propertiesOf(batches), [{ k: 1, a: 'a1', b: null }]);
  });

  it('follow: a column dropped from an idle table is noticed by the next look', async () => {
    const answers = [
      columnsOf('a', 'b'),
      position('5'),
      columnsOf('a'),
      position('5'),
      keyCount(1),
      rowOf('a'),
      position('5'),
    ];
    const { batches, error } = await follow(answers, { ...start, times: [61_000] });
    assert.equal(error, undefined);
    assert.deepEqual(propertiesOf(batches), [{ k: 1, a: 'a1', b: null }]);
  });

  it('ignore: the columns of the first time stay the properties', async () => {
    const properties = { SCHEMA_CHANGE: 'ignore' };
    const answers = [
      columnsOf('a', 'b'),
      position('9'),
      rowCount(1),
      rowOf('a', 'c'),
      position('9'),
      keyCount(1),
      rowOf('a', 'c'),
    ];
    const { batches, log } = await follow(
      [...answers, position('10'), columnsOf('b', 'c'), rowOf('b', 'c')],
      {
        ...start,
        properties,
        times: [1],
      },
    );
    assert.deepEqual(propertiesOf(batches).slice(0, 3), [
      { k: 1, a: 'a1', b: null },
      { k: 1, a: 'a1', b: null },
      { k: 1, b: 'b1', a: null },
    ]);
    assert.match(log[0] ?? '', /added c:string; dropped b:string/);
  });

  it('fail: any change stops the feed and is named', async () => {
    const options = { ...start, properties: { SCHEMA_CHANGE: 'fail' } };
    const inWindow = await follow(
      [columnsOf('a', 'b'), position('9'), rowCount(1), rowOf('a', 'c')],
      options,
    );
    assert.equal(codeOf(inWindow.error), 'SCHEMA');
    assert.equal((inWindow.error as { fatal?: boolean }).fatal, true);
    assert.match(String(inWindow.error), /added c:string; dropped b:string/);
    assert.deepEqual(inWindow.batches, []);
    assert.equal(codeOf((await follow([columnsOf('a')], options)).error), 'SCHEMA');
  });

  it('a lost key column stops the feed by its name, whatever SCHEMA_CHANGE is', async () => {
    const bad = refused('SEM0100: failed to resolve k');
    const without: ScriptedAnswer = { body: v2Body({ columns: [['a', 'string']], rows: [] }) };
    for (const SCHEMA_CHANGE of ['follow', 'ignore', 'fail']) {
      const answers = [columnsOf('a', 'b'), position('9'), rowCount(1), bad, without, bad, without];
      const { error } = await follow(answers, { ...start, properties: { SCHEMA_CHANGE } });
      assert.equal(codeOf(error), 'SCHEMA');
      assert.match(String(error), /PRIMARY_KEY: the key column "k" is not in the result/);
    }
  });
});
