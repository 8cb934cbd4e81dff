import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KustoServiceError } from '../src/index.ts';
import { database, Fixture, framesByLine, type ServiceError } from './endpoint-fixture.ts';

interface Frame {
  readonly FrameType: string;
  readonly TableKind?: string;
  readonly Rows?: readonly unknown[];
  readonly HasErrors?: boolean;
  readonly OneApiErrors?: readonly { readonly error: ServiceError }[];
}

let fixture: Fixture;

before(async () => {
  fixture = await Fixture.start();
  await fixture.kusto.execute(database, '.set Ten <| range Id from 1 to 10 step 1');
});

after(() => fixture[Symbol.asyncDispose]());

async function frames(csl: string, options: Record<string, unknown>): Promise<readonly Frame[]> {
  return JSON.parse(await fixture.query(csl, options)) as Frame[];
}

/** How many rows came, and the code of the failure behind them. */
async function outcome(csl: string, options: Record<string, unknown>): Promise<[number, string | undefined]> {
  const answer = await frames(csl, options);
  const rows = answer.find(({ TableKind }) => TableKind === 'PrimaryResult')?.Rows ?? [];
  const completion = answer.at(-1);
  assert.equal(completion?.HasErrors, completion?.OneApiErrors !== undefined);
  return [rows.filter(Array.isArray).length, completion?.OneApiErrors?.[0]?.error.code];
}

const tooLarge =
  /^Query execution has exceeded the allowed limits \(80DA0003\): The results of this query exceed the set limit of 3 records, so not all records were returned \(E_QUERY_RESULT_SET_TOO_LARGE, 0x80DA0003\)/;

describe('result truncation', () => {
  test('is a partial failure with status 200: in place of a row, and in DataSetCompletion', async () => {
    const answer = await frames('Ten | order by Id asc', { truncationmaxrecords: 3 });
    const rows = answer.find(({ TableKind }) => TableKind === 'PrimaryResult')?.Rows ?? [];
    assert.deepEqual(rows.slice(0, 3), [[1], [2], [3]]);
    assert.equal(rows.length, 4);
    const inPlace = rows[3] as Required<Pick<Frame, 'OneApiErrors'>>;
    assert.deepEqual(Object.keys(inPlace), ['OneApiErrors']);
    const error = inPlace.OneApiErrors[0]?.error;
    assert.deepEqual(
      [error?.code, error?.['@type'], error?.['@permanent']],
      [
        'LimitsExceeded',
        'Kusto.Data.Exceptions.KustoServicePartialQueryFailureLimitsExceededException',
        false,
      ],
    );
    assert.match(error?.['@message'] ?? '', tooLarge);
    assert.ok(!answer.some(({ TableKind }) => TableKind === 'QueryCompletionInformation'));
    assert.equal(answer.at(-1)?.HasErrors, true);
    assert.match(answer.at(-1)?.OneApiErrors?.[0]?.error['@message'] ?? '', tooLarge);
  });

  test('is told in TableCompletion, or in DataSetCompletion alone, as asked', async () => {
    const table = (await fixture.query('Ten', { ...framesByLine, truncationmaxrecords: 3 })).split('\n');
    const completion = table.find((line) => line.includes('"TableCompletion"')) ?? '';
    assert.match(completion, /"RowCount":3,"OneApiErrors":\[\{"error":\{"code":"LimitsExceeded"/);
    assert.match(table.at(-3) ?? '', /"HasErrors":true,"Cancelled":false,"OneApiErrors":\[/);
    const dataset = await fixture.query('Ten', {
      ...framesByLine,
      truncationmaxrecords: 3,
      results_error_reporting_placement: 'end_of_dataset',
    });
    assert.match(dataset, /"RowCount":3\}\n,\{"FrameType":"DataSetCompletion","HasErrors":true/);
  });

  test('deferred: HasErrors is false, and the row of QueryCompletionInformation says it', async () => {
    const answer = await frames('Ten', { truncationmaxrecords: 3, deferpartialqueryfailures: true });
    const kinds = answer.map(({ FrameType, TableKind }) => TableKind ?? FrameType);
    assert.deepEqual(kinds, [
      'DataSetHeader',
      'QueryProperties',
      'PrimaryResult',
      'QueryCompletionInformation',
      'DataSetCompletion',
    ]);
    assert.equal(answer[2]?.Rows?.length, 3);
    const status = answer[3]?.Rows?.[0] as unknown[];
    assert.deepEqual(status.slice(5, 8), [2, 'Error', -2133196797]);
    assert.equal(status[10], 'QueryLimitsExceeded');
    assert.match((JSON.parse(String(status[11])) as { Text: string }).Text, tooLarge);
    assert.deepEqual(answer[4], { FrameType: 'DataSetCompletion', HasErrors: false, Cancelled: false });
  });

  test('v1: an Exceptions object in place of a row, an error in QueryStatus; deferred, the status alone', async () => {
    type Answer = { Tables: { Rows: unknown[] }[]; Exceptions?: string[] };
    const statusOf = ({ Tables: [, , status] }: Answer): unknown =>
      ((status?.Rows[0] ?? []) as unknown[]).slice(1, 4);
    const ask = async (options: Record<string, unknown>): Promise<Answer> =>
      JSON.parse(await fixture.query('Ten', { truncationmaxrecords: 3, ...options }, 'v1')) as Answer;
    const plain = await ask({});
    const last = plain.Tables[0]?.Rows[3] as { Exceptions: string[] };
    assert.match(last.Exceptions[0] ?? '', tooLarge);
    assert.match(plain.Exceptions?.[0] ?? '', tooLarge);
    assert.deepEqual(statusOf(plain), [2, 'Error', -2133196797]);
    const deferred = await ask({ deferpartialqueryfailures: true });
    assert.equal(deferred.Tables[0]?.Rows.length, 3);
    assert.equal(deferred.Exceptions, undefined);
    assert.deepEqual(statusOf(deferred), [2, 'Error', -2133196797]);
  });

  test('a limit of nothing is a partial failure too; a result that just fits is none', async () => {
    assert.deepEqual(await outcome('Ten', { truncationmaxrecords: 0 }), [0, 'LimitsExceeded']);
    assert.deepEqual(await outcome('Ten', { truncationmaxrecords: 10 }), [10, undefined]);
    assert.deepEqual(await outcome('Ten | where Id > 10', { truncationmaxrecords: 0 }), [0, undefined]);
  });

  test('truncationmaxsize counts the bytes of the rows as UTF-8 JSON', async () => {
    const csl = 'range i from 1 to 4 step 1 | project s = "ä€"';
    // ["ä€"] is nine bytes.
    assert.deepEqual(await outcome(csl, { truncationmaxsize: 36 }), [4, undefined]);
    assert.deepEqual(await outcome(csl, { truncationmaxsize: 35 }), [3, 'LimitsExceeded']);
    assert.deepEqual(await outcome(csl, { truncationmaxsize: '18' }), [2, 'LimitsExceeded']);
  });

  test('notruncation lifts the limits, but not next to one of the others', async () => {
    await using small = await Fixture.start({ truncation: { maxRecords: 4, maxBytes: undefined } });
    const count = async (options: Record<string, unknown>): Promise<number> => {
      const text = await small.query('range i from 1 to 9 step 1', options);
      return text.match(/\[\d\]/g)?.length ?? 0;
    };
    assert.equal(await count({}), 4);
    assert.equal(await count({ notruncation: true }), 9);
    assert.equal(await count({ notruncation: true, truncationmaxrecords: 6 }), 6);
    assert.equal(await count({ notruncation: true, truncationmaxsize: 6 }), 2);
    assert.equal(await count({ notruncation: true, query_take_max_records: 7 }), 4);
    assert.equal(await count({ query_take_max_records: 2 }), 2);
    await assert.rejects(small.kusto.execute(database, 'range i from 1 to 9 step 1'), (error) => {
      assert.ok(error instanceof KustoServiceError);
      return error.code === 'LimitsExceeded';
    });
    const all = await small.kusto.execute(database, 'range i from 1 to 9 step 1', { notruncation: true });
    assert.equal(all.rows.length, 9);
  });

  test('the service’s limits hold by default: 500,000 records, 64 MB', async () => {
    const range = (count: number): string => `range i from 1 to ${count} step 1`;
    assert.equal((await fixture.kusto.execute(database, range(500_000))).rows.length, 500_000);
    await assert.rejects(fixture.kusto.execute(database, range(500_001)), /limit of 500000 records/);
    // 66,000 rows of 1,028 bytes are more than 67,108,864.
    const wide = `${range(66_000)} | project s = strcat("${'x'.repeat(1024)}")`;
    await assert.rejects(fixture.kusto.execute(database, wide), /limit of 67108864 bytes/);
  });
});

describe('set statements', () => {
  test('do what the request’s properties do; of a limit in both the lower counts', async () => {
    assert.deepEqual(await outcome('set truncationmaxrecords = 2; Ten', {}), [2, 'LimitsExceeded']);
    assert.deepEqual(await outcome('set truncationmaxrecords = 5; Ten', { truncationmaxrecords: 3 }), [
      3,
      'LimitsExceeded',
    ]);
    const text = 'set notruncation; Ten';
    await using small = await Fixture.start({ truncation: { maxRecords: 4, maxBytes: undefined } });
    assert.ok((await small.query('set notruncation; range i from 1 to 9 step 1')).includes('[9]'));
    assert.deepEqual(await outcome(text, { truncationmaxrecords: 3 }), [3, 'LimitsExceeded']);
    assert.deepEqual(await outcome('set query_take_max_records = 4; Ten', {}), [4, undefined]);
    assert.match(
      await fixture.query('set results_v2_newlines_between_frames; Ten'),
      /\n,\{"FrameType":"DataTable"/,
    );
    const deferred = await frames('set deferpartialqueryfailures; Ten', { truncationmaxrecords: 3 });
    assert.equal(deferred.at(-1)?.HasErrors, false);
  });

  test('inside a command what would change its rows is refused, in the request and in the text', async () => {
    for (const [text, options] of [
      ['.set-or-append Copied <| Ten', { query_take_max_records: 3 }],
      ['.set-or-append Copied <| Ten', { Query_Take_Max_Records: 3 }],
      ['.set-or-append Copied <| set query_take_max_records = 3; Ten', {}],
      ['.set-or-append Copied <| Ten', { validatepermissions: true }],
    ] as const) {
      await assert.rejects(
        fixture.kusto.execute(database, text, options),
        /not supported for the query inside a command/,
      );
    }
    const text = '.set-or-append Copied <| set notruncation; Ten';
    await fixture.kusto.execute(database, text, { truncationmaxrecords: 3, query_cursor_disabled: false });
    assert.deepEqual((await fixture.kusto.execute(database, 'Copied | count')).rows, [[10n]]);
  });

  test('scope tables by cursor, too', async () => {
    await fixture.kusto.execute(database, '.create table Scoped (Id: long)');
    await fixture.kusto.ingest(database, 'Scoped', '1');
    const { rows } = await fixture.kusto.execute(database, 'print cursor_current()');
    await fixture.kusto.ingest(database, 'Scoped', '2');
    const text = `set query_cursor_scoped_tables = dynamic(["Scoped"]);
      set query_cursor_after_default = "${String(rows[0]?.[0])}"; Scoped`;
    assert.deepEqual((await fixture.kusto.execute(database, text)).rows, [[2n]]);
  });
});

describe('query_take_max_records', () => {
  test('gives the first rows in the order of the query, of every result', async () => {
    const text = await fixture.query('Ten | order by Id desc; Ten | order by Id asc', {
      query_take_max_records: 3,
    });
    assert.ok(text.includes('"Rows":[[10],[9],[8]]'), text);
    assert.ok(text.includes('"Rows":[[1],[2],[3]]'), text);
    assert.ok(text.includes('"HasErrors":false'));
  });
});

describe('other properties', () => {
  test('query_results_apply_getschema gives the schema of each result', async () => {
    const text = await fixture.query('print a = 1, b = "x", c = 1s; Ten', {
      query_results_apply_getschema: true,
    });
    assert.ok(
      text.includes(
        '"Rows":[["a",0,"System.Int64","long"],["b",1,"System.String","string"],["c",2,"System.TimeSpan","timespan"]]',
      ),
      text,
    );
    assert.ok(text.includes('"Rows":[["Id",0,"System.Int64","long"]]'), text);
  });

  test('validatepermissions runs nothing, but refuses what is wrong', async () => {
    const text = await fixture.query('Ten', { validatepermissions: true });
    assert.ok(text.includes('"Rows":[["OK"]]'), text);
    const unpack = 'print d = dynamic({"a": 1}) | evaluate bag_unpack(d)';
    const dynamic = await fixture.query(unpack, { validatepermissions: true });
    assert.ok(dynamic.includes('"Rows":[["Incomplete"]]'), dynamic);
    const schema = await fixture.query(unpack, { query_results_apply_getschema: true });
    assert.ok(schema.includes('"Rows":[["a",0,"System.Int64","long"]]'), schema);
    const properties = { Options: { validatepermissions: true } };
    const { error } = await fixture.failure('/v2/rest/query', { csl: 'Nowhere', properties });
    assert.match(error['@message'], /Nowhere/);
  });

  test('what is accepted without effect, and what is refused', async () => {
    const accepted = {
      max_memory_consumption_per_query_per_node: 1e9,
      maxmemoryconsumptionperiterator: 1e9,
      query_language: 'kql',
      queryconsistency: 'strongconsistency',
      request_app_name: 'test',
      request_description: 'a test',
      request_user: 'someone',
      unknown_to_all: [1],
    };
    assert.ok((await fixture.query('print 42', accepted)).includes('[[42]]'));
    for (const [options, message] of [
      [{ query_language: 'sql' }, /query_language is one of: csl, kql/],
      [{ queryconsistency: 'none' }, /queryconsistency is one of/],
      [{ queryconsistency: 'weakconsistency_by_session_id' }, /query_weakconsistency_session_id/],
      [{ truncationmaxrecords: -1 }, /truncationmaxrecords is a whole number/],
      [{ notruncation: 'perhaps' }, /notruncation is true or false/],
      [{ query_now: 'soon' }, /query_now is a datetime/],
      [{ query_datetimescope_column: 'At' }, /query_datetimescope_column is not supported/],
      [{ query_cursor_current: 'abc' }, /query_cursor_current is a cursor value/],
      [{ query_cursor_scoped_tables: ['Ten'] }, /needs query_cursor_after_default/],
    ] as const) {
      const { status, error } = await fixture.failure('/v2/rest/query', {
        csl: 'print 1',
        properties: { Options: options },
      });
      assert.equal(status, 400);
      assert.match(error['@message'], message);
    }
  });
});

describe('cursor properties', () => {
  const cursorNow = async (): Promise<string> =>
    String((await fixture.kusto.execute(database, 'print cursor_current()')).rows[0]?.[0]);
  const ids = async (text: string, options: Record<string, unknown>): Promise<readonly bigint[]> =>
    (await fixture.kusto.execute(database, text, options)).rows.map(([id]) => id as bigint);

  test('query_cursor_scoped_tables narrows the tables named, wherever they are read, and no others', async () => {
    await fixture.kusto.execute(database, '.create table Facts (Id: long)');
    await fixture.kusto.execute(database, '.create table Names (Id: long)');
    await fixture.kusto.ingest(database, 'Names', '1\n2\n3');
    const cursors: string[] = [];
    for (const id of [1, 2, 3]) {
      cursors.push(await cursorNow());
      await fixture.kusto.ingest(database, 'Facts', [{ Id: id }]);
    }
    const text = 'Names | join kind=inner (Facts | where Id > 0) on Id | project Id | order by Id asc';
    const scope = (after: string, upTo?: string): Record<string, unknown> => ({
      query_cursor_scoped_tables: [`['${database}'].['Facts']`],
      query_cursor_after_default: after,
      ...(upTo === undefined ? {} : { query_cursor_before_or_at_default: upTo }),
    });
    assert.deepEqual(await ids(text, {}), [1n, 2n, 3n]);
    assert.deepEqual(await ids(text, scope('')), [1n, 2n, 3n]);
    assert.deepEqual(await ids(text, scope(cursors[1] ?? '')), [2n, 3n]);
    assert.deepEqual(await ids(text, scope(cursors[1] ?? '', cursors[2])), [2n]);
    assert.deepEqual(await ids(text, scope('', cursors[1])), [1n]);
    // The same text again: the values are bound, not compiled in.
    assert.deepEqual(await ids(text, scope(cursors[2] ?? '')), [3n]);
    assert.ok((await fixture.query('Facts', scope(''))).includes('"Cursor"'));
    for (const table of ['Nowhere', "['Other'].['Facts']", 'a b c']) {
      const options = { ...scope(''), query_cursor_scoped_tables: [table] };
      await assert.rejects(ids('Facts', options), /query_cursor_scoped_tables names/);
    }
  });

  test('query_cursor_current is what cursor_current() gives', async () => {
    const { rows } = await fixture.kusto.execute(database, 'print cursor_current()', {
      query_cursor_current: '123',
    });
    assert.deepEqual(rows, [['123']]);
    const text = 'Facts | where cursor_before_or_at(cursor_current())';
    assert.deepEqual(await ids(text, { query_cursor_current: '123' }), []);
    assert.equal((await ids(text, {})).length, 3);
  });

  test('query_cursor_disabled refuses the cursor functions at their place', async () => {
    const csl = '// cursor_after("x")\nFacts | where Id != 7 and cursor_after("")';
    const properties = { Options: { query_cursor_disabled: true } };
    const { error } = await fixture.failure('/v2/rest/query', { csl, properties });
    assert.match(error['@message'], /cursor_after\(\) cannot be used.*\[line:position=2:27\]/);
    assert.equal(error.innererror?.['@token'], 'cursor_after');
    assert.equal((await ids('Facts', { query_cursor_disabled: true })).length, 3);
  });
});
