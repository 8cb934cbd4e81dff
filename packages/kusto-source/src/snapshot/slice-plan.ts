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
export function planSlices(
  size: Pick<SnapshotSize, 'rows' | 'rowBytes'>,
  limits: SliceLimits,
): readonly Slice[] {
  const { byRows, byBytes } = slicesNeeded(size, limits);
  return slicesOf(Math.max(byRows, byBytes));
}

/** How many slices each limit asks for, one at least. */
export function slicesNeeded(
  size: Pick<SnapshotSize, 'rows' | 'rowBytes'>,
  limits: SliceLimits,
): { byRows: number; byBytes: number } {
  const bytes = size.rows * (size.rowBytes ?? 0);
  return {
    byRows: Math.max(1, Math.ceil(size.rows / limits.rows)),
    byBytes: Math.max(1, Math.ceil(bytes / limits.bytes)),
  };
}
