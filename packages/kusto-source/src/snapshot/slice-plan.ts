import { slicesOf, type Slice } from './slice.ts';
import type { SnapshotSize } from './snapshot-size.ts';

export interface SliceLimits {
  /** Rows of a slice, about. The service cuts a result at 500,000. */
  readonly rows: number;
  /** Bytes of a slice, about. The service cuts a result at 64 MB. */
  readonly bytes: number;
}

/** Half of what the service allows: the size is an estimate, and hashes do not spread evenly. */
export const defaultSliceLimits: SliceLimits = { rows: 250_000, bytes: 32 * 1024 * 1024 };

/** Equal slices of which none should meet a limit. */
export function planSlices(size: SnapshotSize, limits: SliceLimits): readonly Slice[] {
  const byRows = size.rows / limits.rows;
  const byBytes = (size.rows * (size.rowBytes ?? 0)) / limits.bytes;
  return slicesOf(Math.max(1, Math.ceil(byRows), Math.ceil(byBytes)));
}
