import { setTimeout as wait } from 'node:timers/promises';
import type { Check } from '../check.ts';
import { Skipped, expect } from '../check.ts';
import type { PublishedMessage } from '../fake-dapr.ts';
import { ask } from '../http-client.ts';
import { lastWords, until } from '../process.ts';
import type { SourceUnderTest } from '../source-under-test.ts';
import { readMessage } from '../wire-shape.ts';

/** Kills of one check: a wrong order is seen at the first, a race perhaps later. */
const KILLS = 3;
/** A pod that was told to stop is killed after this time, milliseconds. */
const GRACE_MS = 30_000;

/**
 * What a message says of its elements, without the numbers that a repetition has anew. The properties count: a later change of the same
 * element must not pass for the repetition of one that was lost.
 */
function contents(source: SourceUnderTest, message: PublishedMessage): readonly string[] {
  return readMessage(message.body, source.options.sourceId).map(({ op, content }) => `${op} ${content}`);
}

/** Waits until every change of `doubtful` is in a message after `since` that was acknowledged. */
async function expectAgain(
  source: SourceUnderTest,
  doubtful: readonly string[],
  since: number,
): Promise<void> {
  const missing = (): readonly string[] => {
    const again = new Set(
      source.dapr.published
        .slice(since)
        .filter(({ acknowledged }) => acknowledged)
        .flatMap((message) => contents(source, message)),
    );
    return doubtful.filter((change) => !again.has(change));
  };
  await until(() => missing().length === 0, 'repeated', source.patienceMs).catch(() => {
    throw new Error(`not acknowledged, and not published again: ${missing().slice(0, 3).join(', ')}`);
  });
}

export const crashChecks: readonly Check[] = [
  {
    id: 'kill-before-acknowledgement',
    title: 'a change whose publish was not acknowledged is published again after kill -9',
    level: 'must',
    why: 'a position that is stored before the acknowledgement loses these changes for ever',
    isolated: true,
    async run(source) {
      await source.startReactivator();
      await source.published();
      for (let kill = 1; kill <= KILLS; kill++) {
        const { process } = await restart(source);
        const since = source.dapr.published.length;
        const caught = Promise.withResolvers<PublishedMessage>();
        source.dapr.onPublish = (message) => {
          process.kill('SIGKILL');
          caught.resolve(message);
          source.dapr.onPublish = () => 'apply';
          return 'hang';
        };
        await source.published(since);
        const doubtful = contents(source, await caught.promise);
        await process.exited;
        const next = source.dapr.published.length;
        await source.startReactivator();
        await expectAgain(source, doubtful, next);
      }
      return `${KILLS} kills`;
    },
  },
  {
    id: 'kill-before-checkpoint',
    title: 'after kill -9 between acknowledgement and checkpoint it goes on, and loses nothing',
    level: 'must',
    why: 'here a repetition is right; going on behind what was not stored is not',
    isolated: true,
    async run(source) {
      await source.startReactivator();
      await source.published();
      const { process } = await restart(source);
      // Of its own: a source that counts on from its start must have something to lose.
      await storesSomething(source);
      const since = source.dapr.published.length;
      await source.published(since);
      // From here on nothing is stored; the process dies with the first write, or with the next publish.
      source.dapr.onStateWrite = () => {
        process.kill('SIGKILL');
        return 'hang';
      };
      const end = performance.now() + source.patienceMs;
      while (process.running && performance.now() < end) {
        await source.change();
        await wait(50);
      }
      if (process.running) throw new Skipped('it stores nothing through the HTTP API of the sidecar');
      const doubtful = source.dapr.published.slice(-1).flatMap((message) => contents(source, message));
      const next = source.dapr.published.length;
      source.dapr.onStateWrite = () => 'apply';
      await source.startReactivator();
      await source.published(next);
      await expectAgain(source, doubtful, next);
      return 'what was not stored was published again';
    },
  },
  {
    id: 'publish-fails',
    title: 'a publish that is answered with 500 is repeated, by the process or its successor',
    level: 'must',
    why: 'Redis restarts; a change that is logged and dropped is lost',
    isolated: true,
    async run(source) {
      let { process } = await source.startReactivator();
      await source.published();
      const since = source.dapr.published.length;
      const seen = { failures: 0 };
      source.dapr.onPublish = () => ((seen.failures += 1) <= 3 ? 500 : 'apply');
      const starts = { count: 1 };
      const end = performance.now() + source.patienceMs;
      while (seen.failures <= 3 && performance.now() < end) {
        await source.change();
        await wait(100);
        // As Kubernetes does.
        if (!process.running) {
          starts.count += 1;
          ({ process } = await source.startReactivator());
        }
      }
      const refused = source.dapr.published.slice(since).filter(({ acknowledged }) => !acknowledged);
      expect(refused.length > 0, 'nothing was published');
      await expectAgain(
        source,
        refused.flatMap((message) => contents(source, message)),
        since,
      );
      return starts.count === 1 ? 'repeated' : `repeated, after ${starts.count - 1} restarts`;
    },
  },
  {
    id: 'sidecar-late',
    title: 'it waits for a sidecar that starts later',
    level: 'must',
    why: 'the containers of a pod start in any order',
    isolated: true,
    async run(source) {
      const { port } = source.dapr;
      await source.dapr.stop();
      try {
        const { process } = await source.startReactivator();
        await wait(2_000);
        expect(process.running, `it ended at once; ${lastWords(process.output)}`);
      } finally {
        await source.dapr.start(port);
      }
      await source.published();
      return 'it published when the sidecar was there';
    },
  },
  {
    id: 'stops-on-sigterm',
    title: 'SIGTERM ends it with code 0 within the grace period',
    level: 'should',
    why: 'after 30 seconds Kubernetes kills it in the middle of what it does',
    isolated: true,
    async run(source) {
      const { process } = await source.startReactivator();
      await source.published();
      const began = performance.now();
      process.kill('SIGTERM');
      const code = await Promise.race([
        process.exited,
        wait(GRACE_MS, 'still running' as const, { ref: false }),
      ]);
      expect(code === 0, `it ended with ${code}; ${lastWords(process.output)}`);
      return `${Math.round(performance.now() - began)} ms`;
    },
  },
  {
    id: 'fatal-error',
    title: 'what it cannot work with ends it, with a code that is not 0 and the reason',
    level: 'must',
    why: '`drasi list source` shows the termination log, or the last lines of the log; a process that lives on is never restarted',
    isolated: true,
    async run(source) {
      const { process } = await source.startReactivator({ SOURCE_ID: '' });
      const code = await Promise.race([process.exited, wait(source.patienceMs, undefined, { ref: false })]);
      expect(code !== undefined, 'without SOURCE_ID it goes on');
      expect(code !== 0, 'without SOURCE_ID it ended with code 0');
      expect(process.output.trim() !== '', `it ended with ${code} and said nothing`);
      return lastWords(process.output).slice(0, 160);
    },
  },
  {
    id: 'deprovision',
    title: 'POST /deprovision is answered with 204, its state is deleted, and nothing is stored afterwards',
    level: 'must',
    why: 'state that is left is found by the next source of that name, which then begins in the middle',
    isolated: true,
    async run(source) {
      const url = await source.reactivatorUrl();
      await source.published();
      await storesSomething(source);
      const { status, body } = await ask(`${url}/deprovision`, { body: '{}' });
      expect(status === 204, `it was answered with ${status}: ${body.toString('utf8').slice(0, 100)}`);
      const left = (): string => [...source.dapr.state.keys()].join(', ');
      expect(source.dapr.state.size === 0, `left: ${left()}`);
      await source.change();
      await wait(1_500);
      expect(source.dapr.state.size === 0, `written again afterwards: ${left()}`);
      return 'nothing is left';
    },
  },
];

/** Waits until it has stored where it is. @throws Skipped */
async function storesSomething(source: SourceUnderTest): Promise<void> {
  const { stateWrites } = source.dapr;
  const end = performance.now() + source.patienceMs;
  while (source.dapr.stateWrites < stateWrites + 2 && performance.now() < end) {
    await source.change();
    await wait(50);
  }
  if (source.dapr.stateWrites === 0)
    throw new Skipped('it stores nothing through the HTTP API of the sidecar');
}

/** Another process in the place of the one that runs. */
async function restart(source: SourceUnderTest): ReturnType<SourceUnderTest['startReactivator']> {
  await source.stopReactivator();
  return source.startReactivator();
}
