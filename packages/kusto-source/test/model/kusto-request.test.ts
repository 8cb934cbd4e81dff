import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readRequest, type RequestKind } from './kusto-request.ts';

const identity = "| extend ['__drasi_first'] = hash(['__drasi_text'])";
const window = `let ['T'] = table("T") | where cursor_after("1") and cursor_before_or_at("2");\nT`;
const upTo = `let ['T'] = table("T") | where cursor_before_or_at("2") or isnull(ingestion_time());\nT`;

const texts: readonly (readonly [service: 'feed' | 'bootstrap', kind: RequestKind, text: string])[] = [
  ['feed', 'other', 'print Cursor = cursor_current()'],
  ['feed', 'other', '.show database identity'],
  ['feed', 'schema', 'T | where v > 1\n| take 0'],
  ['feed', 'other', `T | where cursor_after("1") | take 0`],
  ['feed', 'window rows', `${window}\n| extend ['__drasi_ingested'] = ingestion_time()`],
  ['feed', 'window rows', `${window}\n${identity}`],
  ['feed', 'window size', `${window}\n| summarize Live = countif(__drasi_live), Rows = count()`],
  ['feed', 'digest', `${upTo}\n${identity}\n| summarize __drasi_xor = binary_all_xor(x) by y`],
  [
    'feed',
    'hashes',
    `${upTo}\n${identity}\n| project ['__drasi_bucket'], ['__drasi_first'], ['__drasi_second']`,
  ],
  ['feed', 'scan rows', `${upTo}\n${identity}\n| where ['__drasi_first'] in (1)`],
  ['feed', 're-check', `T\n| where ['k'] in ("a")\n${identity}`],
  ['feed', 'snapshot rows', `${upTo}\n| extend ['__drasi_ingested'] = ingestion_time()`],
  ['bootstrap', 'snapshot rows', `${upTo}\n${identity}`],
  ['bootstrap', 'snapshot rows', 'T | summarize n = count() by k'],
  ['bootstrap', 'other', `${upTo}\n| summarize Rows = sum(['__drasi_rows']), Most = max(['__drasi_rows'])`],
];

it('a request is known by its id and its text', () => {
  for (const [service, kind, csl] of texts) {
    const read = readRequest(`drasi-kusto.${service};abc;retry1`, JSON.stringify({ db: 'd', csl }));
    assert.deepEqual([read?.service, read?.kind], [service, kind], csl);
  }
  const read = readRequest('drasi-kusto.feed;abc', JSON.stringify({ csl: window }));
  assert.deepEqual([read?.after, read?.upTo], ['1', '2']);
  assert.equal(readRequest('drasi-kusto.cancel;abc', '{}'), undefined);
});
