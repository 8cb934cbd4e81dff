/** The walk of `row_window_session()` (page "row_window_session()"). */
import type { NativeFunction } from '../native-functions.ts';

/** One row: its place in time, in ticks, and whether a session starts here in any case. */
export interface SessionRow {
  readonly value: bigint | undefined;
  readonly restart: boolean;
}

/** The start of the session that each row is in. A null has none, and the next value starts one. */
export function rowSessions(
  rows: Iterable<SessionRow>,
  fromFirst: bigint,
  between: bigint,
): readonly (bigint | undefined)[] {
  const starts: (bigint | undefined)[] = [];
  let start: bigint | undefined;
  let before = 0n;
  for (const { value, restart } of rows) {
    if (value === undefined) {
      start = undefined;
    } else {
      if (start === undefined || restart || value >= start + fromFirst || value >= before + between)
        start = value;
      before = value;
    }
    starts.push(start);
  }
  return starts;
}

function* readRows(text: string): Generator<SessionRow> {
  if (text === '') return;
  for (const item of text.split(',')) {
    const restart = item.endsWith('r');
    const digits = restart ? item.slice(0, -1) : item;
    yield { value: digits === 'n' ? undefined : BigInt(digits), restart };
  }
}

/** (`ticks` or `n` of each row, with an `r` behind it for a restart; the two distances) -> a JSON array of the starts. */
export const sessionNatives: readonly NativeFunction[] = [
  {
    name: 'kql_row_sessions',
    parameters: ['text', 'long', 'long'],
    result: 'text',
    evaluate: (rows, fromFirst, between) => {
      const starts = rowSessions(readRows(String(rows)), BigInt(String(fromFirst)), BigInt(String(between)));
      return `[${starts.map((one) => one ?? 'null').join(',')}]`;
    },
  },
];
