import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals } from '../testing/cases.ts';
import { stormEvents } from '../testing/harness.ts';
import { testHarness } from '../testing/test-harness.ts';

describe('set statements', () => {
  const harness = testHarness([stormEvents]);

  it('become options as a request would have them', () => {
    const { setOptions, results } = harness.compile(
      `// a comment before
       set notruncation;
       set truncationmaxrecords = 10; set query_now = datetime(2020-01-02 03:04:05.1);
       set query_results_cache_max_age = 5m; set request_description = "it's";
       set best_effort = false; set query_datascope = 'hotcache'; set x = 1.5;
       print 1`,
    );
    assert.deepEqual(setOptions, {
      notruncation: true,
      truncationmaxrecords: 10,
      query_now: '2020-01-02T03:04:05.1000000Z',
      query_results_cache_max_age: '00:05:00',
      request_description: "it's",
      best_effort: false,
      query_datascope: 'hotcache',
      x: 1.5,
    });
    assert.equal(results.length, 1);
    assert.deepEqual(harness.compile('print 1').setOptions, {});
    assert.deepEqual(harness.compile('set a = 1; set a = 2; print 1').setOptions, { a: 2 });
    const twice = 'set truncationmaxrecords = 2; set TruncationMaxRecords = 5; set a = 2; set a = 1; print 1';
    assert.deepEqual(harness.compile(twice).setOptions, { truncationmaxrecords: 2, a: 1 });
  });

  it('refusals', () => {
    const barred = ['SEM0100', /cannot be changed by a set statement/] as const;
    checkRefusals(harness, {
      'set servertimeout = 1m; print 1': barred,
      'set norequesttimeout; print 1': barred,
      'set request_readonly; print 1': barred,
      'set queryconsistency = "strongconsistency"; print 1': barred,
      'set results_progressive_enabled; print 1': barred,
      'print 1; set notruncation; print 2': ['SEM0001', /'set' behind/],
      'set x = y; print 1': ['SEM0100', /'y'/],
      'set x = 1 + 1; print 1': ['SEM0100', /constant/],
      'set notruncation;': ['SYN0002', /no tabular expression/],
    });
  });
});
