/** How far a snapshot is. */
export interface SnapshotProgress {
  /** Given out so far. */
  readonly rows: number;
  /** By the count before; with repeated keys, rows that are folded into one count too. */
  readonly expectedRows: number;
  readonly slicesDone: number;
  readonly slices: number;
  /** Milliseconds since 1970, both. */
  readonly startedAt: number;
  readonly now: number;
}

export interface SnapshotPace {
  readonly rowsPerSecond: number;
  /** Seconds left at the pace so far; undefined where there is none to go by. */
  readonly secondsLeft: number | undefined;
  /** 0 to 1, by slices where keys repeat, since then rows fold into fewer. */
  readonly share: number;
}

export function paceOf(progress: SnapshotProgress): SnapshotPace {
  const { rows, expectedRows, slicesDone, slices, startedAt, now } = progress;
  const seconds = Math.max(0, (now - startedAt) / 1000);
  const byRows = expectedRows === 0 ? 0 : rows / expectedRows;
  const bySlices = slices === 0 ? 0 : slicesDone / slices;
  const share = Math.min(1, Math.max(byRows, bySlices));
  return {
    rowsPerSecond: seconds > 0 ? rows / seconds : 0,
    secondsLeft: share > 0 && seconds > 0 ? (seconds * (1 - share)) / share : undefined,
    share,
  };
}
