import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkRefusals } from '../testing/cases.ts';
import { stormEvents } from '../testing/harness.ts';
import { testHarness } from '../testing/test-harness.ts';

describe('bin_auto()', () => {
  const harness = testHarness([stormEvents]);

  it('takes size and place from set statements', async () => {
    const rows = async (text: string) => (await harness.run(text)).rows;
    assert.deepEqual(
      await rows(
        'set query_bin_auto_size = 1h; set query_bin_auto_at = datetime(2017-01-01 00:05); range t from datetime(2017-01-01 00:05) to datetime(2017-01-01 02:00) step 1m | summarize count() by bin_auto(t) | sort by t asc',
      ),
      ['2017-01-01T00:05:00.0000000Z | 60', '2017-01-01T01:05:00.0000000Z | 56'],
    );
    assert.deepEqual(await rows('set query_bin_auto_size = 5; print bin_auto(13)'), ['10']);
    assert.deepEqual(
      await rows('set query_bin_auto_size = 5; set query_bin_auto_at = long(-1); print bin_auto(13)'),
      ['9'],
    );
    assert.deepEqual(await rows('set query_bin_auto_size = 0.5; print bin_auto(1.7), bin_auto(real(null))'), [
      '1.5 | null',
    ]);
  });

  it('needs a size of a fitting type', () => {
    checkRefusals(harness, {
      'print bin_auto(5)': ['SEM0100', /query_bin_auto_size/],
      'set query_bin_auto_size = 5; print bin_auto(now())': ['SEM0001', /bin of a datetime by a long/],
      'set query_bin_auto_size = 1d; set query_bin_auto_at = 5; print bin_auto(now())': ['SEM0100', /bin_at/],
    });
  });
});
