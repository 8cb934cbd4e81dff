import { systemClock, type Clock } from '@drasi-kusto/source-sdk';

/** Always the same moment, and a sleep is over at the next turn. */
export const clock: Clock = { now: () => 0, sleep: (_ms, signal) => systemClock.sleep(0, signal) };
