import { setTimeout as wait } from 'node:timers/promises';
import type { Check } from '../check.ts';
import { Skipped, expect } from '../check.ts';
import { until, usageOf } from '../process.ts';
import type { SourceUnderTest } from '../source-under-test.ts';
import { isPoison } from '../wire-shape.ts';

const MEGABYTE = 1024 * 1024;
/** A client that leaves is noticed within this time, milliseconds. */
const NOTICE_MS = 3_000;
const WATCH_MS = 2_000;

async function pidOf(source: SourceUnderTest): Promise<number> {
  const { pid } = await source.proxy();
  if (pid === undefined) throw new Skipped('needs --pid, or --proxy');
  if (usageOf(pid) === undefined) throw new Skipped('needs the /proc of Linux');
  return pid;
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
        ({ whole }) => whole,
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
        share < 0.1,
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
      const { memoryLimit } = source;
      let paused: Promise<void> | undefined;
      let growth = 0;
      const answer = await source.bootstrap(source.labels, {
        discard: true,
        onData: (_bytes, response) => {
          if (paused !== undefined) return;
          response.pause();
          paused = (async () => {
            const start = usageOf(pid)?.rss ?? 0;
            await wait(2_000);
            growth = (usageOf(pid)?.rss ?? 0) - start;
            response.resume();
          })();
        },
      });
      await paused;
      expect(answer.whole, 'the bootstrap broke when its reader paused for two seconds');
      const limit = Math.min(128 * MEGABYTE, memoryLimit / 2);
      expect(growth < limit, `it grew by ${Math.round(growth / MEGABYTE)} MB while nobody read`);
      return `${Math.round(growth / MEGABYTE)} MB more after a pause of 2 s`;
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
