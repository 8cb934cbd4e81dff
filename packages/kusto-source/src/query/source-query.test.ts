import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { analyzeQuery } from './source-query.ts';

const accepted: readonly string[] = [
  'StormEvents',
  "['StormEvents']",
  'StormEvents;',
  'StormEvents | where State == "NEW YORK" | project-away StormSummary, EventNarrative',
  "StormEvents\n// a comment | summarize count()\n| where State has 'a;b|c' and x in ('StormEvents', \"y\")",
  'let s = "NEW YORK"; StormEvents | where State == s',
  'let f = (x: long) { x + 1 }; StormEvents | extend y = f(EventId)',
  "let wanted = dynamic(['a']); StormEvents | where State in~ (wanted) and x !in ('a', Source)",
  'let on = true; let same = on; StormEvents | where Flag == same',
  "StormEvents | extend a = b-c, d = bag.StormEvents, e = h'secret', f = @'c:\\', g = ```x | y```",
  'StormEvents | parse EventNarrative with * "at " Place | project-rename Where = Place | project-reorder State',
  'StormEvents | where ingestion_time() > datetime(2020-01-01)',
];

const refused: readonly (readonly [query: string, message: RegExp])[] = [
  ['', /there is no query/],
  ['// nothing', /there is no query/],
  ['.drop table StormEvents', /line 1, column 1: this is a control command/],
  ['.show tables', /control command/],
  ['set notruncation; StormEvents', /set statements are not allowed/],
  ['declare query_parameters(a: long); StormEvents', /declare statements are not allowed/],
  ['StormEvents; StormEvents', /more than one query/],
  ['StormEvents; let a = 1', /more than one query/],
  ['let a = 1;', /only let statements/],
  ['StormEvents |', /an operator has to follow/],
  ["StormEvents | where x == 'abc", /does not end/],
  ['StormEvents | where (x > 1', /the \( is not closed/],
  ['StormEvents | where x > 1)', /closes nothing/],
];

/** Only reconcile can follow these. */
const notRowLocal: readonly (readonly [query: string, reason: RegExp])[] = [
  ['StormEvents | summarize count() by State', /summarize is not a row-local operator;/],
  ['StormEvents | projct State', /projct is not a row-local operator \(did you mean project\?\);/],
  ['StormEvents\n| where x > 1\n| join Other on Key', /line 3, column 3: join is not a row-local operator/],
  ['StormEvents | take 10', /take is not a row-local operator/],
  ['StormEvents | mv-expand Details', /mv-expand is not a row-local operator/],
  ['StormEvents | union Other', /union is not/],
  ['Other | where x > 1', /does not begin with the table StormEvents/],
  ['stormevents', /does not begin with the table/],
  ["database('d').StormEvents", /does not begin with the table/],
  ["table('StormEvents') | where x > 1", /does not begin with the table/],
  ['MyFunction() | where x > 1', /does not begin with the table/],
  ['StormEvents | where StartTime > ago(1d)', /ago\(\) is not allowed/],
  ['StormEvents | extend x = now ()', /now\(\) is not allowed/],
  ['let t = now(); StormEvents | where a > t', /now\(\) is not allowed/],
  ['StormEvents | where rand() < 0.1', /rand\(\) is not allowed/],
  ['StormEvents | extend Part = extent_id()', /extent_id\(\) is not allowed/],
  ['StormEvents | where State in ((Other | project State))', /a query inside the query/],
  ['StormEvents | where x > toscalar(Other)', /toscalar\(\) is not allowed/],
  ['StormEvents | where State in (StormEvents)', /StormEvents is mentioned again/],
  ["StormEvents | where State in (['StormEvents'])", /StormEvents is mentioned again/],
  ['let Other2 = Other | where x > 1; StormEvents', /a tabular let/],
  ['StormEvents | where State in (Other)', /Other may be another table here/],
  ['StormEvents | where State !in~ (Other)', /Other may be another table here/],
  ['StormEvents | where State has_any (Other)', /Other may be another table here/],
  ['let m = Other; StormEvents | where State in (m)', /Other may be another table here/],
  ['let f = () { Other }; StormEvents | where State in (f())', /Other may be another table here/],
  ['let f = () { table2 | x }; StormEvents | where State in (f())', /a tabular let/],
  ['let StormEvents = 1; StormEvents', /collides with KUSTO_TABLE/],
  ["StormEvents | where cursor_after('1')", /the Source itself sets the cursor/],
  ['StormEvents where x', /does not begin with the table StormEvents \(KUSTO_TABLE\) itself/],
];

describe('KUSTO_QUERY (rule R15)', () => {
  for (const query of accepted) {
    it(`takes ${JSON.stringify(query)}`, () => {
      assert.deepEqual(analyzeQuery(query, 'StormEvents'), { text: query.replace(/;$/, '') });
    });
  }
  for (const [query, message] of refused) {
    it(`refuses ${JSON.stringify(query)}`, () => {
      assert.throws(() => analyzeQuery(query, 'StormEvents'), { code: 'QUERY', message });
    });
  }

  for (const [query, reason] of notRowLocal) {
    it(`leaves ${JSON.stringify(query)} to reconcile`, () => {
      const analyzed = analyzeQuery(query, 'StormEvents');
      assert.equal(analyzed.text, query);
      assert.match(analyzed.notRowLocal ?? '', reason);
    });
  }

  it('leaves out what follows the query, so that operators can be added to it', () => {
    assert.equal(
      analyzeQuery('StormEvents | where x > 1 ; // the end', 'StormEvents').text,
      'StormEvents | where x > 1',
    );
  });
});
