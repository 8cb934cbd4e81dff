import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isTimeCursor, timeBounds, timeCursor } from './time-cursor.ts';

describe('cursors that are times (R16)', () => {
  const [after, upTo] = [timeCursor('2026-01-01T00:00:00Z'), timeCursor('2026-01-01T01:00:00Z')];

  it('are told from those of a database', () => {
    assert.ok(isTimeCursor(after));
    assert.ok(isTimeCursor(timeCursor(null)));
    assert.ok(!isTimeCursor('638700000000000001'));
  });

  it('have windows that reach back, since an earlier time may be committed later', () => {
    assert.equal(
      timeBounds({ after, upTo }),
      'ingestion_time() > todatetime("2026-01-01T00:00:00Z") - 5m and ingestion_time() <= todatetime("2026-01-01T01:00:00Z")',
    );
  });

  it('bound bootstraps and scans by one predicate (R4)', () => {
    assert.equal(
      timeBounds({ upTo }),
      '(ingestion_time() <= todatetime("2026-01-01T01:00:00Z") or isnull(ingestion_time()))',
    );
  });
});
