import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { database, Fixture, framesByLine } from './endpoint-fixture.ts';

const guid = '74be27de-1e4e-49d9-b579-fe0b331d3642';
const rows = [
  `9007199254740993,7,5.0,1.50,true,2026-01-02T03:04:05.1234567Z,1.02:03:04.5,é 😀,${guid},"{""a"":{""b"":[1,null,9007199254740993]}}"`,
  `9223372036854775807,-2147483648,NaN,123456789012345678.9,false,0001-01-01,-00:00:00.0000001,"quote "" comma , slash \\ \nline",${guid.toUpperCase()},"""text"""`,
  ',,Infinity,,,9999-12-31T23:59:59.9999999Z,,,,',
  '-9223372036854775808,0,-inf,-0.000000000000000001,0,2026-01-02 03:04,3d,,,null',
];
/** The rows above, as the wire has them in v2. */
const wire = [
  `[9007199254740993,7,5.0,"1.5",true,"2026-01-02T03:04:05.1234567Z","1.02:03:04.5000000","é 😀","${guid}",{"a":{"b":[1,null,9007199254740993]}}]`,
  `[9223372036854775807,-2147483648,"NaN","123456789012345678.9",false,"0001-01-01T00:00:00.0000000Z","-00:00:00.0000001","quote \\" comma , slash \\\\ \\nline","${guid}","text"]`,
  '[null,null,"Infinity",null,null,"9999-12-31T23:59:59.9999999Z",null,"",null,null]',
  '[-9223372036854775808,0,"-Infinity","-0.000000000000000001",false,"2026-01-02T03:04:00.0000000Z","3.00:00:00","",null,null]',
];
const columns = [
  ['l', 'long', 'Int64'],
  ['i', 'int', 'Int32'],
  ['r', 'real', 'Double'],
  ['m', 'decimal', 'SqlDecimal'],
  ['b', 'bool', 'SByte'],
  ['d', 'datetime', 'DateTime'],
  ['t', 'timespan', 'TimeSpan'],
  ['s', 'string', 'String'],
  ['g', 'guid', 'Guid'],
  ['y', 'dynamic', 'Object'],
] as const;
const columnsV2 = JSON.stringify(columns.map(([name, type]) => ({ ColumnName: name, ColumnType: type })));

let fixture: Fixture;

before(async () => {
  fixture = await Fixture.start({ bodyLimit: 100_000 });
  const declaration = columns.map(([name, type]) => `${name}: ${type}`).join(', ');
  await fixture.kusto.execute(database, `.create table AllTypes (${declaration})`);
  await fixture.kusto.execute(database, `.ingest inline into table AllTypes <|\n${rows.join('\n')}`);
});

after(() => fixture[Symbol.asyncDispose]());

test('v2 in fragments, a frame a line: every byte of the result', async () => {
  const lines = (await fixture.query('AllTypes', framesByLine)).split('\n');
  assert.deepEqual(
    lines.map((line) => /"FrameType":"(\w+)"/.exec(line)?.[1] ?? line),
    [
      'DataSetHeader',
      'DataTable',
      'TableHeader',
      'TableFragment',
      'TableCompletion',
      'DataTable',
      'DataSetCompletion',
      ']',
      '',
    ],
  );
  assert.equal(
    lines[0],
    '[{"FrameType":"DataSetHeader","IsProgressive":false,"Version":"v2.0","IsFragmented":true,"ErrorReportingPlacement":"EndOfTable"}',
  );
  assert.equal(
    lines[2],
    `,{"FrameType":"TableHeader","TableId":1,"TableKind":"PrimaryResult","TableName":"PrimaryResult","Columns":${columnsV2}}`,
  );
  assert.equal(
    lines[3],
    `,{"FrameType":"TableFragment","TableFragmentType":"DataAppend","TableId":1,"Rows":[${wire.join(',')}]}`,
  );
  assert.equal(lines[4], ',{"FrameType":"TableCompletion","TableId":1,"RowCount":4}');
  assert.equal(lines[6], ',{"FrameType":"DataSetCompletion","HasErrors":false,"Cancelled":false}');
});

test('v2 by default: one DataTable a table, valid JSON without line breaks', async () => {
  const text = await fixture.query('AllTypes');
  assert.ok(!text.includes('\n'));
  const [header, ...frames] = JSON.parse(text) as Record<string, unknown>[];
  assert.deepEqual(header, { FrameType: 'DataSetHeader', IsProgressive: false, Version: 'v2.0' });
  assert.deepEqual(
    frames.map(({ FrameType, TableKind, TableName, TableId }) => [FrameType, TableKind, TableName, TableId]),
    [
      ['DataTable', 'QueryProperties', '@ExtendedProperties', 0],
      ['DataTable', 'PrimaryResult', 'PrimaryResult', 1],
      ['DataTable', 'QueryCompletionInformation', 'QueryCompletionInformation', 2],
      ['DataSetCompletion', undefined, undefined, undefined],
    ],
  );
  assert.ok(text.includes(`"Columns":${columnsV2},"Rows":[${wire.join(',')}]}`));
});

test('an empty result and a progressive request are honest', async () => {
  const empty = await fixture.query('AllTypes | where l == 1', framesByLine);
  assert.ok(!empty.includes('TableFragment"'));
  assert.ok(empty.includes('{"FrameType":"TableCompletion","TableId":1,"RowCount":0}'));
  const progressive = await fixture.query('AllTypes | where l == 1', { results_progressive_enabled: true });
  assert.ok(progressive.includes('"IsProgressive":false'));
  assert.ok(progressive.includes('"Rows":[]'));
});

test('v1: results, extended properties, status, table of contents; a bool is 0 or 1', async () => {
  const text = await fixture.query('AllTypes', {}, 'v1');
  const first = `{"Tables":[{"TableName":"Table_0","Columns":${JSON.stringify(
    columns.map(([name, type, dataType]) => ({ ColumnName: name, DataType: dataType, ColumnType: type })),
  )},"Rows":[${wire.map((row) => row.replace('true', '1').replace('false', '0')).join(',')}]},`;
  assert.equal(text.slice(0, first.length), first);
  const { Tables: tables } = JSON.parse(text) as { Tables: { TableName: string; Rows: unknown[][] }[] };
  assert.deepEqual(
    tables.map(({ TableName }) => TableName),
    ['Table_0', 'Table_1', 'Table_2', 'Table_3'],
  );
  assert.match(String(tables[1]?.Rows[0]?.[0]), /^\{"Visualization":null,/);
  assert.deepEqual(tables[2]?.Rows[0]?.slice(1, 5), [4, 'Info', 0, 'Query completed successfully']);
  assert.deepEqual(
    tables[3]?.Rows.map(([ordinal, kind, name]) => [ordinal, kind, name]),
    [
      [0, 'QueryResult', 'PrimaryResult'],
      [1, 'QueryProperties', '@ExtendedProperties'],
      [2, 'QueryStatus', 'QueryStatus'],
    ],
  );
});

test('two statements give two primary results', async () => {
  const text = await fixture.query('print a = 1; print b = "x"', framesByLine);
  assert.ok(text.includes('"TableId":1,"Rows":[[1]]'));
  assert.ok(text.includes('"TableId":2,"Rows":[["x"]]'));
  assert.ok(text.includes('"TableId":3,"TableKind":"QueryCompletionInformation"'));
});

test('the cursor is in the extended properties when the query filters by it', async () => {
  const v2 = await fixture.query("AllTypes | where cursor_after('') | count");
  const frames = JSON.parse(v2) as { Rows: [number, string, string][] }[];
  const row = frames[1]?.Rows.find(([, key]) => key === 'Cursor');
  assert.deepEqual(Object.keys(JSON.parse(row?.[2] ?? '')), ['Cursor']);
  assert.match(row?.[2] ?? '', /^\{"Cursor":"\d{18}"\}$/);
  assert.ok(
    (await fixture.query("AllTypes | where cursor_after('') | count", {}, 'v1')).includes('{\\"Cursor\\":'),
  );
  assert.ok(!(await fixture.query('AllTypes | count')).includes('Cursor'));
});

test('a query over GET, a body in gzip, properties as text, an answer in gzip', async () => {
  const path = `/v2/rest/query?db=${database}&csl=${encodeURIComponent('print x = 42')}`;
  assert.match(await (await fetch(`${fixture.kusto.url}${path}`)).text(), /"Rows":\[\[42\]\]/);
  const body = JSON.stringify({
    db: database,
    csl: 'declare query_parameters(n: long); print n',
    properties: JSON.stringify({ Parameters: { n: 1 } }).replace(':1', ':9007199254740993'),
  });
  const response = await fetch(`${fixture.kusto.url}/v2/rest/query`, {
    method: 'POST',
    body: gzipSync(body),
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip', 'accept-encoding': 'gzip' },
  });
  assert.equal(response.headers.get('content-encoding'), 'gzip');
  assert.match(await response.text(), /"Rows":\[\[9007199254740993\]\]/);
});

test('a small answer is compressed at once and sent with its length, a long one as it comes', async () => {
  const ask = async (csl: string): Promise<{ length: string | null; text: string }> => {
    const response = await fetch(`${fixture.kusto.url}/v2/rest/query`, {
      method: 'POST',
      body: JSON.stringify({ db: database, csl }),
      headers: { 'content-type': 'application/json', 'accept-encoding': 'gzip' },
    });
    assert.equal(response.headers.get('content-encoding'), 'gzip');
    return { length: response.headers.get('content-length'), text: await response.text() };
  };
  const small = await ask('print x = 42');
  assert.match(small.text, /"Rows":\[\[42\]\].*DataSetCompletion/s);
  assert.ok(Number(small.length) > 0);
  for (const rows of [150, 500, 20_000]) {
    const long = await ask(`range x from 1 to ${rows} step 1 | extend y = 'a text'`);
    const frames = JSON.parse(long.text) as { TableKind?: string; Rows: unknown[] }[];
    assert.equal(frames.find(({ TableKind }) => TableKind === 'PrimaryResult')?.Rows.length, rows);
    assert.equal(long.length !== null, long.text.length <= 4096);
  }
});

test('request ids: the client’s is sent back, an activity id is made', async () => {
  const response = await fixture.post(
    '/v1/rest/mgmt',
    { csl: '.show version' },
    { 'x-ms-client-request-id': 'mine;1' },
  );
  assert.equal(response.headers.get('x-ms-client-request-id'), 'mine;1');
  assert.match(response.headers.get('x-ms-activity-id') ?? '', /^[0-9a-f-]{36}$/);
  await response.body?.cancel();
});

test('errors have the service’s shape, codes and places', async () => {
  const query = (
    csl: unknown,
    db: unknown = database,
  ): Promise<{ status: number; error: Record<string, unknown> }> =>
    fixture.failure('/v2/rest/query', { db, csl }) as never;
  const missingColumn = await query('AllTypes\n| where nope > 1');
  assert.equal(missingColumn.status, 400);
  assert.equal(missingColumn.error['code'], 'General_BadRequest');
  assert.equal(missingColumn.error['@permanent'], true);
  const inner = missingColumn.error['innererror'] as Record<string, unknown>;
  assert.deepEqual([inner['@line'], inner['@pos'], inner['@token']], [2, 9, 'nope']);
  assert.match(String(inner['code']), /^SEM/);
  assert.equal((missingColumn.error['@context'] as Record<string, unknown>)['processName'], 'kusto-local');

  assert.equal((await query('NoSuchTable')).status, 400);
  assert.match(String((await query('AllTypes | whe')).error['@message']), /Syntax error/);
  assert.equal((await query('print 1', 'nope')).error['code'], 'BadRequest_DatabaseNotExist');
  assert.match(String((await query('.show tables')).error['@message']), /\/v1\/rest\/mgmt/);
  assert.match(String((await query('')).error['@message']), /"csl" is missing/);
  assert.match(String((await query('print 1', 7)).error['@message']), /"db" is the name/);
});

test('bad bodies and unknown places are refused', async () => {
  const message = async (body: unknown, path = '/v2/rest/query'): Promise<string> =>
    (await fixture.failure(path, body)).error['@message'];
  assert.match(await message('{"csl":'), /not valid JSON/);
  assert.match(await message('[]'), /request body is not a JSON object/);
  assert.match(
    await message({ csl: 'print 1', properties: '{' }),
    /"properties" is a text that is not valid JSON/,
  );
  assert.match(
    await message({ csl: 'print 1', properties: { Options: { servertimeout: 'soon' } } }),
    /servertimeout/,
  );
  const scoped = { Options: { query_datetimescope_from: '2026-01-01' } };
  assert.match(
    await message({ csl: 'print 1', properties: scoped }),
    /query_datetimescope_from is not supported/,
  );
  const large = await fixture.failure('/v2/rest/query', { csl: `print "${'x'.repeat(100_000)}"` });
  assert.equal(large.status, 413);
  assert.equal((await fixture.failure('/v3/rest/query', {})).status, 404);
  const noUrl = await fixture.failure('/v1/%', {});
  assert.deepEqual([noUrl.status, typeof noUrl.error.code], [400, 'string']);
});

test('management: one table, a plain query refused, a write in a read-only request refused', async () => {
  const shown = await fixture.post('/v1/rest/mgmt', { db: database, csl: '.show tables' });
  assert.equal(
    await shown.text(),
    '{"Tables":[{"TableName":"Table_0","Columns":[{"ColumnName":"TableName","DataType":"String","ColumnType":"string"},{"ColumnName":"DatabaseName","DataType":"String","ColumnType":"string"},{"ColumnName":"Folder","DataType":"String","ColumnType":"string"},{"ColumnName":"DocString","DataType":"String","ColumnType":"string"}],"Rows":[["AllTypes","NetDefaultDB","",""]]}]}',
  );
  const plain = await fixture.failure('/v1/rest/mgmt', { csl: 'AllTypes' });
  assert.match(plain.error['@message'], /start with a dot/);
  for (const option of ['request_readonly', 'request_readonly_hardline']) {
    const properties = { Options: { [option]: true } };
    const write = await fixture.failure('/v1/rest/mgmt', { csl: '.drop table AllTypes', properties });
    assert.deepEqual([write.status, write.error.code], [403, 'Forbidden']);
    const read = await fixture.post('/v1/rest/mgmt', { csl: '.show tables', properties });
    assert.equal(read.status, 200);
    await read.body?.cancel();
  }
});

test('query_now is what now() is', async () => {
  const text = await fixture.query('print now(), ago(1h)', { query_now: '2026-01-02T03:04:05.0000001Z' });
  assert.ok(text.includes('["2026-01-02T03:04:05.0000001Z","2026-01-02T02:04:05.0000001Z"]'), text);
});

test('health, ping and the metadata of sign-in', async () => {
  assert.deepEqual(await (await fetch(`${fixture.kusto.url}/healthz`)).json(), { status: 'ok' });
  assert.equal((await fetch(`${fixture.kusto.url}/v1/rest/ping`)).status, 200);
  const metadata = (await (await fetch(`${fixture.kusto.url}/v1/rest/auth/metadata`)).json()) as {
    AzureAD: Record<string, unknown>;
  };
  assert.equal(metadata.AzureAD['KustoServiceResourceId'], 'https://kusto.kusto.windows.net');
});
