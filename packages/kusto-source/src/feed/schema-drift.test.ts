import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KustoColumn, KustoType } from '@drasi-kusto/kusto-client';
import { assert as check, constantFrom, property, uniqueArray, record, array } from 'fast-check';
import { v2Body } from '../../../kusto-client/src/testing/bodies.ts';
import type { ScriptedAnswer } from '../../../kusto-client/src/testing/fake-kusto.ts';
import { parseEntity } from '../config/config.ts';
import type { EntityConfig, SchemaChange } from '../config/entity-config.ts';
import { columnChanges, frozenShape, SchemaDrift, type KnownSchema } from './schema-drift.ts';
import {
  at,
  codeOf,
  columnsOf,
  follow,
  keyCount,
  position,
  propertiesOf,
  refused,
  rowCount,
  rowOf,
  schemaOf,
  partOf,
} from './testing/scripted-feed.ts';

const silent = { debug() {}, info() {}, warn() {}, error() {} };

function drift(
  SCHEMA_CHANGE: SchemaChange,
  known?: KnownSchema,
  selection: Pick<EntityConfig, 'properties' | 'ends' | 'place'> = {},
): SchemaDrift {
  const config = parseEntity('storms', {
    KUSTO_URI: 'https://help.kusto.windows.net',
    KUSTO_DATABASE: 'db',
    KUSTO_TABLE: 'T',
    PRIMARY_KEY: 'k',
    SCHEMA_CHANGE,
  });
  return new SchemaDrift({ ...config, ...selection }, silent, known);
}

const columns = (text: string): KustoColumn[] =>
  text.split(' ').map((part) => {
    const [name = '', type = 'string'] = part.split(':');
    return { name, type: type as KustoType };
  });

describe('column changes', () => {
  it('are added, dropped and retyped columns; the order is none, a renamed one is dropped and added', () => {
    assert.equal(columnChanges(columns('a b:long'), columns('b:long a')), undefined);
    assert.deepEqual(columnChanges(columns('a b:long c'), columns('a:guid d c')), {
      added: columns('d'),
      dropped: columns('b:long'),
      retyped: [{ name: 'a', from: 'string', to: 'guid' }],
    });
  });
});

describe('schema drift', () => {
  it('takes the first columns as they are, without the helpers', () => {
    const schema = drift('fail');
    assert.deepEqual(schema.shape(columns('k:long a __drasi_ingested:datetime')), { omit: [], nulls: [] });
    assert.deepEqual(schema.known?.columns, columns('k:long a'));
    assert.equal(schema.mustRepublish, false);
  });

  it('a retyped column has all rows published again, an added one does not', () => {
    const schema = drift('follow');
    schema.shape(columns('k:long a'));
    schema.shape(columns('k:long a b'));
    assert.equal(schema.mustRepublish, false);
    schema.shape(columns('k:long a:long b'));
    assert.equal(schema.mustRepublish, true);
    assert.deepEqual(schema.known?.gone, []);
  });

  it('what becomes of a column that no element knows is nothing, and an end cannot do without its own', () => {
    const schema = drift('fail', undefined, {
      properties: [{ name: 'x', column: 'a' }],
      ends: { start: { label: 'S', key: ['s'] }, end: { label: 'E', key: ['e'] } },
      place: 'ENTITIES: relations[0]',
    });
    schema.shape(columns('k:long a s e other'));
    assert.deepEqual(schema.known?.columns, columns('k:long a s e'));
    assert.deepEqual(schema.shape(columns('k:long a s e more:guid')), { omit: [], nulls: [] });
    assert.throws(() => schema.shape(columns('k:long a s')), {
      message: /^ENTITIES: relations\[0\]: the key column "e" is no longer in the result/,
    });
    assert.throws(() => schema.shape(columns('k:long s e')), { message: /SCHEMA_CHANGE is fail: dropped a/ });
  });

  it('a change during the republication asks for another one', () => {
    const schema = drift('follow');
    schema.shape(columns('k:long a b'));
    schema.shape(columns('k:long a'));
    schema.republishing();
    schema.shape(columns('k:long a'));
    assert.equal(schema.mustRepublish, false);
    schema.shape(columns('k:long'));
    assert.equal(schema.mustRepublish, true);
  });

  it('a column that comes back is a property again', () => {
    for (const mode of ['follow', 'ignore'] as const) {
      const schema = drift(mode);
      schema.shape(columns('k:long a'));
      assert.deepEqual(schema.shape(columns('k:long')), { omit: [], nulls: ['a'] });
      assert.deepEqual(schema.shape(columns('k:long a')), { omit: [], nulls: [] });
    }
  });

  it('a key column that is lost or has another type stops under every setting', () => {
    for (const mode of ['follow', 'ignore', 'fail'] as const) {
      for (const after of ['a', 'k:guid a', 'key:long a']) {
        const schema = drift(mode);
        schema.shape(columns('k:long a'));
        assert.throws(() => schema.shape(columns(after)), { code: 'SCHEMA', message: /key column "k"/ });
      }
    }
  });

  const type = constantFrom<KustoType>('string', 'long', 'dynamic');
  const answer = uniqueArray(record({ name: constantFrom('a', 'b', 'c', 'd'), type }), {
    selector: ({ name }) => name,
  }).map((rest): KustoColumn[] => [{ name: 'k', type: 'long' }, ...rest]);

  it('follow: whatever came before, every property an element ever had is a column or null', () => {
    check(
      property(array(answer, { minLength: 1 }), (answers) => {
        const schema = drift('follow');
        const ever = new Set<string>();
        for (const each of answers) {
          const { omit, nulls } = schema.shape(each);
          const written = [...each.map(({ name }) => name), ...nulls];
          for (const { name } of each) ever.add(name);
          assert.deepEqual(omit, []);
          assert.deepEqual(written.toSorted(), [...ever].toSorted());
        }
      }),
    );
  });

  it('ignore: whatever came, the properties are those of the first time, also in bootstraps', () => {
    check(
      property(array(answer, { minLength: 1 }), (answers) => {
        const schema = drift('ignore');
        const first = (answers[0] ?? []).map(({ name }) => name);
        for (const each of answers) {
          const { omit, nulls } = schema.shape(each);
          const names = each.map(({ name }) => name).filter((name) => !omit.includes(name));
          assert.deepEqual([...names, ...nulls].toSorted(), first.toSorted());
          assert.ok(schema.known !== undefined);
          const frozen = frozenShape(schema.known).shape(each);
          assert.deepEqual([frozen.omit, frozen.nulls.toSorted()], [omit, nulls.toSorted()]);
        }
      }),
    );
  });
});

describe('a feed whose columns change (R20)', () => {
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
      checkpoint === undefined ? [] : [partOf(checkpoint)],
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
