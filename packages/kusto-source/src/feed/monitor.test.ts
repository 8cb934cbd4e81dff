import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KustoError } from '@drasi-kusto/kusto-client';
import { v2Body } from '../../../kusto-client/src/testing/bodies.ts';
import { FakeKusto, type ScriptedAnswer } from '../../../kusto-client/src/testing/fake-kusto.ts';
import { parseEntity } from '../config/config.ts';
import { SourceReader } from '../query/source-reader.ts';
import { wholeWindow } from './sliced-window.ts';
import {
  at,
  follow,
  keyCount,
  position,
  quiet,
  refused,
  rowCount,
  schema,
  windowBody,
} from './testing/scripted-feed.ts';

describe('monitor', () => {
  it('stores where it begins before it reads anything (I6)', async () => {
    const { batches, error } = await follow([schema, position('5'), position('5'), position('5')]);
    assert.equal(error, undefined);
    assert.deepEqual(batches, [{ changes: [], ...at('5') }]);
  });

  it('costs one small query when nothing moved', async () => {
    const { batches, queries } = await follow([schema, position('5')], at('5'));
    assert.deepEqual(batches, []);
    assert.equal(queries.length, 2, 'the columns at the start, then the cursor');
  });

  it('asks for the cursor alone, with every safety on and no limit off', async () => {
    await using kusto = await FakeKusto.start();
    kusto.answer(position('5'));
    const config = parseEntity('storms', {
      KUSTO_URI: kusto.uri,
      KUSTO_DATABASE: 'db',
      KUSTO_TABLE: 'T',
      PRIMARY_KEY: 'k',
    });
    await using reader = new SourceReader({ config, logger: quiet, env: {} });
    assert.equal(await reader.cursor(new AbortController().signal), '5');
    const body = kusto.queries[0]?.body ?? '';
    assert.ok(body.length < 400, `${body.length} bytes`);
    const { csl, properties } = JSON.parse(body) as {
      csl: string;
      properties: { Options: Record<string, unknown> };
    };
    assert.equal(csl, 'print Cursor = cursor_current()');
    const { request_readonly_hardline: readOnly, queryconsistency: consistency } = properties.Options;
    assert.deepEqual([readOnly, consistency], [true, 'strongconsistency']);
  });

  it('sees a bootstrap that broke long before the next poll is due, and asks nothing for it', async () => {
    let looks = 0;
    const { batches, pauses, queries, error } = await follow([schema, position('5')], {
      ...at('5'),
      properties: { POLL_INTERVAL: '3600' },
      times: [10_000, 20_000],
      abandonedSessions: () => ((looks += 1) === 3 ? [{ id: 's', labels: ['gone'] }] : []),
    });
    assert.equal(error, undefined);
    assert.deepEqual(pauses, [10_000, 10_000, 10_000]);
    assert.deepEqual(batches, [{ changes: [], settles: ['s'], ...at('5') }]);
    assert.equal(queries.length, 2, 'the columns at the start, then the cursor');
  });

  it('polls soon after a change, then more and more slowly up to the interval', async () => {
    const changed = [position('9'), rowCount(3), { body: windowBody(3) }];
    // The cursor is the database's: rows of other tables move it too, and are no reason to hurry.
    const elsewhere = [position('10'), { body: windowBody(0) }];
    const idle = Array.from({ length: 4 }, () => position('10'));
    const { pauses, error } = await follow([schema, position('5'), ...changed, ...elsewhere, ...idle], {
      ...at('5'),
      sleeps: 7,
    });
    assert.equal(error, undefined);
    assert.deepEqual(pauses, [1000, 100, 200, 400, 800, 1000, 1000]);
  });

  it('polls at once after a large window, and counts the next before it reads it', async () => {
    // How large its rows are: the table's details tell nothing here, a sample does.
    const large = [position('9'), rowCount(10_001), keyCount(1000), { body: windowBody(10_001) }];
    const next = [position('10'), rowCount(1), { body: windowBody(1) }];
    const last = [position('11'), { body: windowBody(1) }];
    const { batches, pauses, queries, error } = await follow([schema, ...large, ...next, ...last], {
      ...at('5'),
      sleeps: 2,
    });
    assert.equal(error, undefined);
    assert.deepEqual(pauses, [100, 100]);
    assert.equal(queries.filter((text) => text.endsWith('summarize Rows = count()')).length, 2);
    assert.deepEqual(batches.at(-1)?.checkpoint, at('11').checkpoint);
  });

  it('reads both ends of the window before the rows, and moves on also when it was empty', async () => {
    const { batches, queries } = await follow(
      [schema, position('9'), rowCount(0), { body: windowBody(0) }],
      at('5'),
    );
    assert.match(queries.at(-1) ?? '', /cursor_after\("5"\) and cursor_before_or_at\("9"\)/);
    assert.deepEqual(batches, [{ changes: [], ...at('9') }]);
  });

  it('publishes and advances nothing of a window that breaks off (I9)', async () => {
    const whole = windowBody(2000);
    const cut: ScriptedAnswer = {
      write: async (response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        await new Promise((resolve) => response.write(whole.slice(0, whole.length - 200), resolve));
        response.destroy();
      },
    };
    const { batches, error } = await follow([schema, position('9'), rowCount(2000), cut], at('5'));
    assert.equal(batches.length, 0);
    assert.ok(error instanceof KustoError, String(error));
    assert.equal(error.permanent, false, 'the monitor is started again');
  });

  it('asks for the columns again when one was dropped in between', async () => {
    const gone = refused('SEM0100: no column named old');
    const answers = [schema, position('9'), rowCount(1), gone, schema, { body: windowBody(1) }];
    const { batches, error } = await follow(answers, at('5'));
    assert.equal(error, undefined);
    assert.equal(batches[0]?.changes.length, 1);
  });

  it('stops for good on what a repetition cannot mend', async () => {
    const denied: ScriptedAnswer = { status: 403, body: '' };
    const { error } = await follow([denied], at('5'));
    assert.equal((error as { fatal?: boolean }).fatal, true);
    const damaged = await follow([schema], { checkpoint: 'what is this' });
    assert.match(String(damaged.error), /is not one/);
  });

  it('publishes the rows again for an abandoned bootstrap, at its own cursor, and forgets the session with it (R2)', async () => {
    const answers = [schema, position('5'), position('7'), keyCount(3), { body: windowBody(3) }];
    let asked = 0;
    const { batches, queries } = await follow(answers, {
      ...at('5'),
      abandonedSessions: () => (asked++ === 0 ? [{ id: 's1', labels: ['T'] }] : []),
    });
    assert.match(queries[4] ?? '', /cursor_before_or_at\("5"\) or isnull\(ingestion_time\(\)\)/);
    assert.deepEqual(
      batches.map(({ changes, settles }) => [changes.length, settles]),
      [
        [3, undefined],
        [0, ['s1']],
      ],
    );
  });

  it('ends the window under way before it repairs, which reads at the cursor (I3)', async () => {
    const window = { ...wholeWindow('9'), hash: 'long 7', modulus: 2, next: 1 };
    const hashes: ScriptedAnswer = { body: v2Body({ columns: [['print_0', 'long']], rows: [['7']] }) };
    const answers = [
      schema,
      hashes,
      { body: windowBody(1) },
      position('9'),
      position('9'),
      keyCount(1),
      { body: windowBody(1) },
    ];
    let asked = 0;
    const { batches, queries, error } = await follow(answers, {
      ...at('5', { window }),
      abandonedSessions: () => (asked++ === 0 ? [{ id: 's1', labels: ['T'] }] : []),
    });
    assert.equal(error, undefined);
    assert.match(queries[2] ?? '', /cursor_after\("5"\) and cursor_before_or_at\("9"\)/);
    assert.match(queries[2] ?? '', /, 2\), 0\) == 1/);
    assert.match(queries[6] ?? '', /cursor_before_or_at\("9"\) or isnull/);
    assert.deepEqual(
      batches.map(({ changes, checkpoint }) => [changes.length, checkpoint]),
      [
        [1, at('9').checkpoint],
        [1, undefined],
        [0, at('9').checkpoint],
      ],
    );
  });

  it('reads the window behind its checkpoint again before it repairs, since it may have been published (I3)', async () => {
    const answers = [
      schema,
      position('9'),
      rowCount(1),
      { body: windowBody(1) },
      position('9'),
      keyCount(1),
      { body: windowBody(1) },
    ];
    const { queries } = await follow(answers, {
      ...at('5'),
      abandonedSessions: () => [{ id: 's1', labels: ['T'] }],
    });
    const [, , , window, , , repair] = queries;
    assert.match(window ?? '', /cursor_after\("5"\) and cursor_before_or_at\("9"\)/);
    assert.match(repair ?? '', /cursor_before_or_at\("9"\) or isnull/);
  });
});
