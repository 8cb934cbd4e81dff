import assert from 'node:assert/strict';
import { mkdtemp, readdir, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKqlCompiler } from '../src/kql/compiler-pool.ts';
import { sqlPrelude } from '../src/kql/sql/prelude.ts';
import { database, Fixture } from './endpoint-fixture.ts';

let fixture: Fixture;

before(async () => {
  fixture = await Fixture.start({ memoryLimit: '200MB' });
  await fixture.kusto.execute(database, 'print 1');
});

after(() => fixture[Symbol.asyncDispose]());

const deep = (open: string, close: string, depth: number): string =>
  `print ${open.repeat(depth)}1${close.repeat(depth)}`;

/** Doubles a text, or a function's result, so often that no memory would hold it. */
const doubling = Array.from(
  { length: 30 },
  (_, index) => `let f${index + 1} = () { union f${index}(), f${index}() };`,
);

/** Texts that would take a machine down, and how each ends: a status, and what the answer says. */
const cases: Readonly<Record<string, readonly [text: string, status: number, says: RegExp]>> = {
  'a text of 10 MB': [`print "${'x'.repeat(10_000_000)}"`, 400, /at most 524288/],
  '5,000 brackets': [deep('(', ')', 5000), 400, /nests deeper than 100 brackets/],
  '5,000 brackets of a literal': [deep('dynamic([', '])', 5000), 400, /nests deeper than 100 brackets/],
  '20,000 signs': [`print ${'-'.repeat(20_000)}1`, 400, /SYN0002|SEM0100/],
  '50,000 additions': [`print ${'1+'.repeat(50_000)}1`, 400, /depth exceeds/],
  '5,000 operators': [`print a = 1 ${'| where a == 1 '.repeat(5000)}`, 400, /depth exceeds/],
  'a regular expression that grows': [
    'print s = "aaa" | where s matches regex "((a{1,1000}){1,1000}){1,1000}"',
    400,
    /repetition/,
  ],
  'a regular expression that goes back': [
    `print s = "${'a'.repeat(5000)}!" | where s matches regex "(a+)+$" | count`,
    200,
    /"Rows":\[\[0\]\]/,
  ],
  'a range without an end': ['range i from 1 to 1000000000000000 step 1 | count', 504, /timed out after 1 s/],
  'a product of rows': [
    'range i from 1 to 100000 step 1 | extend k = 1 | join kind=inner (range j from 1 to 100000 step 1 | extend k = 1) on k | summarize sum(i * j)',
    504,
    /timed out after 1 s/,
  ],
  'a text that doubles': [
    `print a = "${'x'.repeat(64)}" ${'| extend a = strcat(a, a) '.repeat(30)}| project strlen(a)`,
    200,
    /LowMemoryCondition.*80DA0007.*E_LOW_MEMORY_CONDITION.*"HasErrors":true/,
  ],
  'a deep value': [
    `print s = strrep("[", 1000), e = strrep("]", 1000) ${'| extend s = strcat(s, s), e = strcat(e, e) '.repeat(7)}| extend d = parse_json(strcat(s, e)) | project array_length(d)`,
    200,
    /"HasErrors":false/,
  ],
  files: ['externaldata(a: string)["/etc/passwd"]', 400, /not supported/],
  'a network': ['evaluate http_request("http://127.0.0.1:1/")', 400, /not supported/],
  'SQL in a text': [`print x = "'); SELECT * FROM read_text('/etc/passwd'); --"`, 200, /read_text/],
};

for (const [name, [csl, status, says]] of Object.entries(cases)) {
  test(`${name} ends, and others are served meanwhile`, async () => {
    const done = new AbortController();
    const others = (async () => {
      let served = 0;
      while (!done.signal.aborted) {
        const response = await fixture.post('/v2/rest/query', { csl: 'print 1' });
        assert.match(await response.text(), /\[\[1\]\]/);
        served += 1;
        await sleep(20);
      }
      return served;
    })();
    const started = performance.now();
    const response = await fixture.post('/v2/rest/query', {
      csl,
      properties: { Options: { servertimeout: '00:00:01' } },
    });
    const text = await response.text();
    done.abort();
    assert.ok((await others) > 0);
    assert.equal(response.status, status, text.slice(0, 500));
    assert.match(text.slice(-20_000), says);
    assert.ok(performance.now() - started < 60_000);
  });
}

test('functions that multiply are given up by the time limit; what was asked meanwhile is answered', async () => {
  const text = `let f0 = () { print a = 1 }; ${doubling.join(' ')} f30()`;
  const compiler = createKqlCompiler({ timeoutMs: 1000 });
  await using limited = await Fixture.start({ compiler: { compiler, sqlPrelude } });
  const hostile = limited.failure('/v2/rest/query', { csl: text });
  const other = limited.query('print other = 17');
  const { status, error } = await hostile;
  // As the service tells a time-out, or what its size alone says.
  assert.ok(status === 504 || status === 400, `${status}`);
  assert.match(error['@message'], /before the query was compiled|too large/);
  assert.match(await other, /\[\[17\]\]/);
});

test('a body that nests deep is no request', async () => {
  const body = `{"csl":"print 1","properties":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  const { status, error } = await fixture.failure('/v2/rest/query', body);
  assert.equal(status, 400);
  assert.match(error['@message'], /not valid JSON|not a JSON object/);
});

test('a sort over the memory limit stays in the temporary folder, and leaves nothing there', async () => {
  const usual = process.env['TMPDIR'];
  const folder = await mkdtemp(join(tmpdir(), 'kusto-local-hostile-'));
  process.env['TMPDIR'] = folder;
  try {
    await using small = await Fixture.start({ memoryLimit: '60MB' });
    const text =
      'range i from 1 to 3000000 step 1 | extend p = hash_sha256(tostring(i)) | order by p asc | summarize max(p)';
    const { status } = await small.post('/v2/rest/query', {
      csl: text,
      properties: { Options: { servertimeout: '00:00:02' } },
    });
    assert.ok([200, 504].includes(status));
  } finally {
    if (usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usual;
  }
  assert.deepEqual(await readdir(folder), []);
  await rmdir(folder);
});
