import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals } from '../../testing/cases.ts';
import { stormEvents } from '../../testing/harness.ts';
import { testHarness } from '../../testing/test-harness.ts';

const table = `let T = datatable(k: string, d: dynamic, v: long, r: real, b: bool) [
  'a', dynamic({'x': 1, 'y': 3.5}), 1, 1.5, true,
  'a', dynamic({'x': 's', 'z': [1, 2]}), 2, real(null), false,
  'b', dynamic({'y': {'w': 'q'}, 't': ['aa'], 'z': ['foo']}), long(null), 2.5, true];`;

describe('aggregates', () => {
  const harness = testHarness([stormEvents]);

  /** Query over T (or of its own) -> its only row. */
  async function checkRows(cases: Readonly<Record<string, string>>): Promise<void> {
    const actual: Record<string, string> = {};
    for (const query of Object.keys(cases)) {
      try {
        const answer = await harness.run(query.startsWith('T ') ? `${table} ${query}` : query);
        actual[query] = answer.rows.join(' // ');
      } catch (error) {
        actual[query] = `error: ${error instanceof Error ? error.message : String(error)}`;
      }
    }
    assert.deepEqual(actual, cases);
  }

  it('bags, lists, sets and schemas', async () => {
    await checkRows({
      'T | summarize make_bag(d)': '{"x":1,"y":3.5,"z":[1,2],"t":["aa"]}',
      'T | summarize make_bag_if(d, b)': '{"x":1,"y":3.5,"t":["aa"],"z":["foo"]}',
      'T | summarize make_bag_if(d, b, 1)': '{"x":1}',
      'T | summarize make_bag(d, 2)': '{"x":1,"y":3.5}',
      'T | where v > 9 | summarize make_bag(d)': '{}',
      'T | sort by v desc | summarize make_list_with_nulls(v)': '[2,1,null]',
      'T | where v > 9 | summarize make_list_with_nulls(v)': '[]',
      'T | summarize make_list(v, 1), make_list(r)': '[1] | [1.5,2.5]',
      'T | summarize make_list_if(k, b), make_set_if(k, v < 5)': '["a","b"] | ["a"]',
      'T | summarize buildschema(d)':
        '{"x":["long","string"],"y":["double",{"w":"string"}],"z":{"`indexer`":["long","string"]},"t":{"`indexer`":"string"}}',
      "datatable(a: dynamic)[dynamic(['p', 'q']), dynamic(['q', 'r']), dynamic(null), dynamic(5)] | summarize make_set(a), make_set(a, 2)":
        '["p","q","r",5] | ["p","q"]',
    });
  });

  it('variances and covariances', async () => {
    const pairs =
      'datatable(x: real, y: real)[1.0, 14.0, 2.0, 10.0, 3.0, 17.0, 4.0, 20.0, 5.0, 50.0, real(null), 7.0]';
    await checkRows({
      [`${pairs} | summarize covariance(x, y), covariancep(x, y)`]: '20.5 | 16.4',
      'range x from 1 to 100 step 1 | extend y = iff(x % 2 == 0, x * 2, x * 3) | summarize covarianceif(x, y, x % 3 == 0), round(covariancepif(x, y, x % 3 == 0), 10)':
        '2142 | 2077.0909090909',
      'range x from 1 to 5 step 1 | summarize variance(x), variancep(x), round(stdev(x), 12), round(stdevp(x), 12)':
        '2.5 | 2 | 1.581138830084 | 1.414213562373',
      'range x from 1 to 100 step 1 | summarize varianceif(x, x % 2 == 0), variancepif(x, x % 2 == 0), round(stdevif(x, x % 2 == 0), 10)':
        '850 | 833 | 29.1547594742',
      'T | where v > 9 | summarize variance(v), covariance(v, r)': '0 | 0',
      'T | where v == 1 | summarize variance(v), stdevp(v)': '0 | 0',
      'datatable(r: real)[1.5, real(nan), real(null)] | summarize stdev(r), stdevif(r, r == 1.5), avg(r), sum(r)':
        'NaN | 0 | NaN | NaN',
      'datatable(r: real)[1.5, real(+inf)] | summarize variance(r), covariancep(r, r), max(r)':
        'NaN | NaN | Infinity',
    });
  });

  it('percentiles', async () => {
    const latency = 'datatable(n: long, l: long)[8, 10, 6, 20, 3, 30, 1, 40, 0, 99, long(null), 98]';
    await checkRows({
      [`${latency} | summarize percentilesw(l, n, 50, 75, 99.9)`]: '20 | 20 | 40',
      [`${latency} | summarize percentilew(l, n, 0), percentilew(l, n, 100)`]: '10 | 40',
      [`${latency} | summarize percentilesw_array(l, n, dynamic([50, 100]))`]: '[20,40]',
      [`${latency} | summarize percentilesw_array(l, n, 50, 75, 99.9)`]: '[20,20,40]',
      'range x from 1 to 1000 step 1 | summarize percentile(x, 99.9), percentile(x, 0), percentile(x, 100), percentiles_array(x, 5, 50)':
        '999 | 1 | 1000 | [50,500]',
      'range x from 1 to 4 step 1 | summarize percentiles_array(x * 1.5, dynamic([50])), percentile(todecimal(x), 50)':
        '[3.0] | 2',
      'T | where v > 9 | summarize percentile(v, 50), percentilew(v, v, 50), percentiles_array(v, 50)':
        'null | null | [null]',
      'range x from 1 to 3 step 1 | extend t = x * 1h | summarize percentilew(t, x, 50), percentiles(t, 1, 100)':
        '02:00:00 | 01:00:00 | 03:00:00',
    });
  });

  it('hll values', async () => {
    await checkRows({
      'range x from 1 to 10 step 1 | extend y = x + 10 | summarize a = hll(x), b = hll(y, 4), c = hll_if(x, x < 4) | project dcount_hll(a), dcount_hll(c), dcount_hll(hll_merge(a, b)), dcount_hll(hll_merge(c, a))':
        '10 | 3 | 20 | 10',
      'range x from 1 to 100 step 1 | summarize h = hll(x / 2) by x % 5 | summarize m = hll_merge(h) | project dcount_hll(m)':
        '51',
      "datatable(s: string)['a', '', 'a'] | summarize h = hll(s) | project dcount_hll(h)": '2',
      'datatable(x: long)[long(null), 1] | summarize h = hll(x) | project dcount_hll(h)': '1',
      'datatable(x: long)[1] | where x > 1 | summarize h = hll(x) | project h, dcount_hll(h)': 'null | null',
      'datatable(x: long)[] | summarize hll_merge(todynamic(tostring(x))), hll_if(x, x > 0), buildschema(todynamic(tostring(x))), tdigest_merge(todynamic(tostring(x)))':
        'null | null | null | null',
      'print dcount_hll(dynamic(null))': 'null',
    });
  });

  it('tdigest values', async () => {
    await checkRows({
      'datatable(V: real, W: long)[1.0, 1, 2.0, 2] | summarize t = tdigest(V, W) | project percentile_tdigest(t, 50), percentile_tdigest(t, 30, typeof(long)), rank_tdigest(t, 1.5), percentrank_tdigest(t, 2)':
        '2.0 | 1 | 1 | 100',
      'range x from 1 to 1000 step 1 | summarize t = tdigest(x) by x % 3 | summarize t = tdigest_merge(t) | project rank_tdigest(t, 685), percentiles_array_tdigest(t, 50, 100), percentiles_array_tdigest(t, dynamic([1, 99.9])), percentrank_tdigest(t, 500)':
        '685 | [500,1000] | [10,999] | 50',
      'range x from 1 to 9 step 1 | summarize t = tdigest(x) by x % 2 | summarize t = merge_tdigest(t) | project percentile_tdigest(t, 50), percentile_tdigest(merge_tdigest(t, t), 100), rank_tdigest(tdigest_merge(t, t), 3)':
        '5 | 9 | 6',
      'range x from 1 to 3 step 1 | extend d = datetime(2020-01-01) + x * 1d | summarize t = tdigest(d) | project percentile_tdigest(t, 100), percentile_tdigest(t, 1, typeof(datetime)), rank_tdigest(t, datetime(2020-01-03))':
        '"2020-01-04T00:00:00.0000000Z" | 2020-01-02T00:00:00.0000000Z | 2',
      'datatable(x: long)[1] | where x > 1 | summarize t = tdigest(x) | project t, percentile_tdigest(t, 5), rank_tdigest(t, 1)':
        'null | null | null',
    });
  });

  it('rows and extremes', async () => {
    await checkRows({
      'T | summarize take_anyif(k, b), take_anyif(k, v > 5), take_anyif(v, v > 1)': "'a' | '' | 2",
      'T | summarize arg_max(b, k, v), arg_min(b, v)': "true | 'a' | 1 | false | 2",
      'T | project k, v | summarize take_any(*) by k | sort by k asc': "'a' | 1 // 'b' | null",
      // Deprecated aliases.
      'datatable(k: string, v: long)["a", 1, "b", 2] | summarize argmax(v, k), argmin(v, k), anyif(k, v == 2)':
        "2 | 'b' | 1 | 'a' | 'b'",
      'datatable(d: dynamic)[dynamic({"x": 1, "y": 2})] | summarize make_dictionary(d, 1)': '{"x":1}',
      'T | summarize max(b), min(b), maxif(b, v == 2)': 'true | false | false',
      'T | summarize arg_max(v, *) by k | sort by k asc | project k, v, r':
        "'a' | 2 | null // 'b' | null | 2.5",
      'datatable(d: decimal)[decimal(1.5), decimal(2), decimal(null)] | summarize avg(d), sum(d), stdevp(d), avgif(d, d > 9)':
        '1.750000000000000000 | 3.500000000000000000 | 0.25 | null',
    });
  });

  it('what cannot be done is refused', async () => {
    checkRefusals(harness, {
      'StormEvents | summarize percentilew(Damage, Ratio, 50)': ['SEM0100', /integer/],
      'StormEvents | summarize percentile(Damage, 101)': ['SEM0001', /0 to 100/],
      'StormEvents | summarize percentiles_array(Damage, Details)': ['SEM0001', /not a literal/],
      'StormEvents | summarize tdigest(State)': ['SEM0100', /summable/],
      'StormEvents | summarize hll(Details)': ['SEM0001', /dynamic/],
    });
    await assert.rejects(() => harness.run('print dcount_hll(dynamic([1]))'), /no hll/);
    await assert.rejects(
      () => harness.run('datatable(d: decimal)[decimal(1), decimal(1), decimal(2)] | summarize avg(d)'),
      /todouble/,
    );
  });
});
