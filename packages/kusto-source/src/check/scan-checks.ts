import type { KustoColumn } from '@drasi-kusto/kusto-client';
import { termsOf } from '../config/terms.ts';
import { bucketCountFor } from '../key-index/key-entry.ts';
import type { Position } from '../query/cursors.ts';
import { grouped } from '../text.ts';
import { scanQuery } from './check-queries.ts';
import type { CheckRun } from './check-run.ts';
import type { CheckedDetection } from './detection-checks.ts';

/** About what the digest of a bucket takes in an answer. */
const digestBytes = 80;

/**
 * What a scan costs, and whether the service takes its text. Nothing is scanned: that would load the cluster.
 * @param rows about how many keys there are
 * @returns the bucket count that the key index will have
 */
export async function checkScan(
  run: CheckRun,
  checked: CheckedDetection,
  columns: readonly KustoColumn[],
  at: Position,
  rows: number,
): Promise<number> {
  const bucketCount = bucketCountFor(rows);
  const { scanEveryMs } = checked;
  if (scanEveryMs === undefined) return bucketCount;
  run.findings.buckets = bucketCount;
  try {
    await run.ask(scanQuery(checked, columns, at, { bucketCount, none: true }));
  } catch (error) {
    const words = run.wordsOf('scan', error);
    run.fail(
      'scan',
      `The service refuses the query of a scan: ${words}.`,
      `Nothing that vanishes would be found: try the KQL by hand, and simplify ${termsOf(run.config).query}.`,
      error,
    );
    return bucketCount;
  }
  const kilobytes = Math.max(1, Math.round((bucketCount * digestBytes) / 1024));
  run.ok(
    'scan',
    `A scan every ${scanEveryMs / 1000} s (RECONCILE_INTERVAL) has the service hash ${grouped(rows)} ${rows === 1 ? 'row' : 'rows'} in ` +
      `${grouped(bucketCount)} ${bucketCount === 1 ? 'bucket' : 'buckets'}: about ${grouped(kilobytes)} KB come back when nothing changed, ` +
      'else the rows that differ, too. Run its KQL by hand to see what it costs the cluster.',
  );
  return bucketCount;
}
