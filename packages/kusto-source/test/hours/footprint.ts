import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { MemoryStateStore } from '@drasi-kusto/source-sdk';
import type { QuietClock } from './quiet-clock.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** What a process holds when nothing is under way. */
export interface Footprint {
  /** Bytes that are reachable: the JavaScript heap and what it holds outside. */
  readonly memory: number;
  /** Sockets, timers and the like, as Node counts them. */
  readonly handles: number;
  /** Those who wait on the source's clock. */
  readonly sleepers: number;
  /** Entries of the state store, and the bytes of their values. */
  readonly stateEntries: number;
  readonly stateBytes: number;
}

export async function footprint(clock: QuietClock, state: MemoryStateStore): Promise<Footprint> {
  await clock.quiet();
  let stateBytes = 0;
  for (const key of state.keys()) stateBytes += JSON.stringify((await state.get(key))?.value).length;
  // What a first collection finalizes, the second frees.
  for (let times = 0; times < 3; times += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return {
    memory: heapUsed + external,
    handles: process.getActiveResourcesInfo().length,
    sleepers: clock.sleepers,
    stateEntries: state.keys().length,
    stateBytes,
  };
}
