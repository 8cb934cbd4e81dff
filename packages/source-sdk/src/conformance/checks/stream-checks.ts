import { setTimeout as wait } from 'node:timers/promises';
import type { Check } from '../check.ts';
import { Skipped, expect } from '../check.ts';
import { until, usageOf } from '../process.ts';
import type { SourceUnderTest } from '../source-under-test.ts';
import { isPoison } from '../wire-shape.ts';

const MEGABYTE = 1024 * 1024;
/** A client that leaves is noticed within this time, milliseconds. */
const NOTICE_MS = 3_000;
const WATCH_MS = 2_500;
/** The share of a processor that is none: a busy one among many others still gets more. */
const IDLE = 0.04;
/** What the sockets between two processes may hold, bytes, and more. */
const HELD_BY_SOCKETS = 16 * MEGABYTE;
/** A process that does not grow for this many steps of this many milliseconds is at rest. */
const QUIET_STEPS = 8;
const STEP_MS = 250;

async function pidOf(source: SourceUnderTest): Promise<number> {
  const { pid } = await source.proxy();
  if (pid === undefined) throw new Skipped('needs --pid, or --proxy');
  if (usageOf(pid) === undefined) throw new Skipped('needs the /proc of Linux');
  return pid;
}

/** Bytes that a process grew by until it came to rest, or went beyond the limit. */
async function growthWhilePaused(pid: number, limit: number): Promise<number> {
  const start = usageOf(pid)?.rss ?? 0;
  let most = start;
  for (let quiet = 0; quiet < QUIET_STEPS && most - start < limit;) {
    await wait(STEP_MS);
    const now = usageOf(pid)?.rss ?? 0;
    quiet = now > most + MEGABYTE ? 0 : quiet + 1;
    most = Math.max(most, now);
  }
  return most - start;
}

export const streamChecks: readonly Check[] = [
  {
    id: 'mid-stream-fault',
    title:
      'a bootstrap that breaks after its first byte shows it: a line that is no element, then a cut connection',
    level: 'must',
    why: 'Drasi ends its own stream normally when that of the source ends, however: a truncated bootstrap looks complete',
    isolated: true,
    async run(source) {
      let broken: Promise<void> | undefined;
      if (source.options.breakCommand === undefined) throw new Skipped('needs --break');
      const answer = await source.bootstrap(source.labels, {
        onData: (_bytes, response) => {
          if (broken !== undefined) return;
          // Unread, the rest stays where it is until the fault has happened.
          response.pause();
          broken = source.break().finally(() => response.resume());
        },
      });
      await broken;
      expect(
        answer.status === 200,
        `it was answered with ${answer.status}: nothing was sent before the fault`,
      );
      const lines = answer.body
        .toString('utf8')
        .split('\n')
        .filter((line) => line !== '');
      const last = lines.at(-1) ?? '';
      expect(
        isPoison(last),
        `its last line is ${last.slice(0, 100)}: the platform takes the bootstrap for complete`,
      );
      expect(!answer.whole, 'the answer ended cleanly: other readers take it for complete');
      return last.slice(0, 100);
    },
  },
  {
    id: 'client-abort',
    title: 'a reader that leaves ends the work for it',
    level: 'must',
    why: 'a query that is deleted while it bootstraps would be read to its end, for nobody',
    isolated: true,
    async run(source) {
      const pid = await pidOf(source);
      const leave = new AbortController();
      const first = Promise.withResolvers<void>();
      const reading = source.bootstrap(source.labels, {
        signal: leave.signal,
        onData: () => first.resolve(),
        discard: true,
      });
      const ended = reading.then(
        ({ whole, status }) => {
          expect(status === 200, `the bootstrap was answered with ${status}`);
          return whole;
        },
        () => false,
      );
      await Promise.race([first.promise, ended]);
      leave.abort();
      if (await ended) throw new Skipped('the bootstrap is too small to be left in the middle');
      await wait(NOTICE_MS);
      const before = usageOf(pid);
      await wait(WATCH_MS);
      const after = usageOf(pid);
      expect(before !== undefined && after !== undefined, 'the proxy is gone');
      const share = (after.cpuMs - before.cpuMs) / WATCH_MS;
      expect(
        share < IDLE,
        `${NOTICE_MS / 1_000} s later the proxy still uses ${Math.round(share * 100)} % of a processor`,
      );
      return `${Math.round(share * 100)} % of a processor afterwards`;
    },
  },
  {
    id: 'slow-reader',
    title: 'a reader that pauses makes the source pause, and its memory stays as it is',
    level: 'must',
    why: 'queries bootstrap slower than a source reads: what is not held back is held in memory',
    isolated: true,
    async run(source) {
      const pid = await pidOf(source);
      const limit = Math.min(128 * MEGABYTE, source.memoryLimit / 2);
      let paused: Promise<void> | undefined;
      let growth = 0;
      let bytes = 0;
      const answer = await source.bootstrap(source.labels, {
        discard: true,
        onData: (part, response) => {
          bytes += part.length;
          if (paused !== undefined) return;
          response.pause();
          paused = (async () => {
            growth = await growthWhilePaused(pid, limit);
            response.resume();
          })();
        },
      });
      await paused;
      expect(answer.whole, 'the bootstrap broke when its reader paused');
      expect(growth < limit, `it grew by ${Math.round(growth / MEGABYTE)} MB while nobody read`);
      if (bytes < HELD_BY_SOCKETS)
        throw new Skipped(
          `needs a bootstrap of more than ${HELD_BY_SOCKETS / MEGABYTE} MB: one of ${Math.ceil(bytes / 1024)} KB is sent before anyone reads`,
        );
      return `${Math.round(growth / MEGABYTE)} MB more while nobody read`;
    },
  },
  {
    id: 'bounded-memory',
    title: 'a bootstrap stays within the memory of its pod',
    level: 'must',
    why: 'a source has 512 MB, whatever the table: above it the pod is killed, in the middle of every bootstrap',
    isolated: true,
    async run(source) {
      const pid = await pidOf(source);
      let peak = 0;
      const done = new AbortController();
      const watching = (async () => {
        while (!done.signal.aborted) {
          peak = Math.max(peak, usageOf(pid)?.rss ?? 0);
          await wait(20);
        }
      })();
      let bytes = 0;
      const answer = await source.bootstrap(source.labels, {
        discard: true,
        onData: (part) => void (bytes += part.length),
      });
      await until(() => peak > 0, 'memory was measured', 2_000);
      done.abort();
      await watching;
      expect(answer.whole, 'the bootstrap broke');
      const [mb, limit] = [Math.round(peak / MEGABYTE), Math.round(source.memoryLimit / MEGABYTE)];
      expect(peak < source.memoryLimit, `it used ${mb} MB for ${bytes} bytes; the limit is ${limit} MB`);
      return `at most ${mb} MB for ${Math.round(bytes / 1024)} KB`;
    },
  },
];
