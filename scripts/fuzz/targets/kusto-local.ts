// The query endpoint of kusto-local: an answer or an error of Kusto's form in time, nothing that fails inside, and a service that stays well.
import assert from 'node:assert/strict';
import { startKustoLocal } from '../../../packages/kusto-local/src/index.ts';
import { HttpSender, readHttpInput, type HttpAnswer } from '../http-input.ts';
import { bytes, type OpenTarget, type Target } from '../target.ts';

const EVERY = 40;
const database = 'NetDefaultDB';
const query = (csl: string, properties?: unknown, path = '/v2/rest/query'): string =>
  `POST ${path} application/json\n${JSON.stringify({ db: database, csl, ...(properties === undefined ? {} : { properties }) })}`;

export function checkKustoAnswer({ status, text }: HttpAnswer, head: boolean): void {
  assert.ok(
    [200, 400, 401, 403, 404, 405, 413, 415, 429, 504].includes(status),
    `answered with ${status} ${text.slice(0, 300)}`,
  );
  if (head) return;
  const value = JSON.parse(text) as { error?: { code?: unknown } };
  if (status >= 400) assert.equal(typeof value.error?.code, 'string', text.slice(0, 200));
}

async function open(): Promise<OpenTarget> {
  const inside: Error[] = [];
  const kusto = await startKustoLocal({
    memoryLimit: '200MB',
    logger: { error: (_message: string, error: Error) => void inside.push(error) },
  });
  const http = new HttpSender(kusto.port);
  await kusto.execute(database, '.create table T (k: long, s: string, t: datetime, d: dynamic)');
  await kusto.execute(database, '.ingest inline into table T <| 1,a,2026-01-01,"[1]"\n2,b,2026-01-02,"{}"');
  let runs = 0;
  return {
    run: async (input) => {
      const request = readHttpInput(input);
      const answer = await http.send(request);
      const [failure] = inside.splice(0);
      if (failure !== undefined) throw new Error('it failed inside', { cause: failure });
      checkKustoAnswer(answer, request.method === 'HEAD');
      runs += 1;
      if (runs % EVERY !== 0) return;
      const health = await http.send(readHttpInput(bytes(query('print 1'))));
      assert.equal(health.status, 200, `it is not well any more: ${health.text.slice(0, 200)}`);
    },
    close: async () => {
      http.close();
      await kusto.close();
    },
  };
}

export const kustoLocalTarget = (): Target => ({
  name: 'kusto-local',
  corpus: [
    query('T | where k > 1 | project s, t | take 10'),
    query('T | summarize c = count() by bin(t, 1d) | order by c desc', {
      Options: { servertimeout: '00:00:05', query_now: '2026-01-31T12:00:00Z' },
    }),
    query(
      'declare query_parameters(a: long = 1); T | where k == a',
      { Parameters: { a: '2' } },
      '/v1/rest/query',
    ),
    query('let f = (x: long) { x * 2 }; print f(3), dynamic({"a":[1,2]}), datetime(2026-01-01), 1.5, "x\\n"'),
    query(
      'T | join kind=inner (T | extend u = k) on k | mv-expand d | extend z = strcat(s, "-", tostring(u))',
    ),
  ].map(bytes),
  tokens: [
    '"db"',
    '"csl"',
    '"properties"',
    '"Options"',
    '"Parameters"',
    '"ClientRequestId"',
    database,
    '/v1/rest/query',
    '/v2/rest/query',
    '| where ',
    '| extend ',
    '| summarize ',
    '| join ',
    '| union ',
    '| top 5 by k',
    '| parse s with * "a" x:long',
    'let ',
    ';',
    'dynamic(',
    'datetime(',
    'timespan(',
    'long(',
    'tolong(',
    'parse_json(',
    'make_list(',
    'cursor_after(',
    'ingestion_time()',
    "h'",
    '\\u0000',
    '\\ud800',
    'null',
    'true',
    '[]',
    '{}',
    '//',
    '.show tables',
    'T',
    '"__proto__"',
    'servertimeout',
    'truncationmaxrecords',
  ],
  files: /\/kusto-local\/src\/(?:http|endpoint|request-properties|engine)\//,
  limitMs: 20_000,
  open,
});
