// A neighbour is away for a minute: the feed goes on by itself, nothing is lost, the status says so and the log stays short.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startKustoLocal, type FaultAction, type KustoLocal } from 'kusto-local';
import { OutageRun } from './outage-run.ts';

let kusto: KustoLocal;
before(async () => {
  kusto = await startKustoLocal({});
});
after(() => kusto.close());

const outageSeconds = 60;
/** Of one outage. Each attempt may have a line: pauses grow, so that there are few. */
const mostLines = 80;

interface Outage {
  readonly name: string;
  readonly begin: (run: OutageRun) => Promise<void> | void;
  readonly end: (run: OutageRun) => Promise<void> | void;
  /** What the log says of it. */
  readonly says: RegExp;
}

const answering = (action: FaultAction): Pick<Outage, 'begin' | 'end'> => ({
  begin: () =>
    kusto.setFaults([
      { kind: 'query', action },
      { kind: 'command', action },
    ]),
  end: () => kusto.setFaults([]),
});

const outages: readonly Outage[] = [
  {
    name: 'the receiver refuses every publish',
    begin: (run) => void (run.receiver = 'fails'),
    end: (run) => void (run.receiver = 'takes'),
    says: /publishing failed, it will be tried again/,
  },
  {
    name: 'the receiver takes every publish and no acknowledgement arrives',
    begin: (run) => void (run.receiver = 'takes and does not say so'),
    end: (run) => void (run.receiver = 'takes'),
    says: /publishing failed, it will be tried again/,
  },
  {
    name: 'the state store does not answer',
    begin: (run) => void (run.store.troubles = { refused: 1 }),
    end: (run) => void (run.store.troubles = {}),
    says: /(?:reading|storing) the state failed, it will be tried again/,
  },
  {
    name: 'the state store writes and does not answer',
    begin: (run) => void (run.store.troubles = { unanswered: 1 }),
    end: (run) => void (run.store.troubles = {}),
    says: /(?:reading|storing) the state failed, it will be tried again/,
  },
  { name: 'Kusto answers 429', ...answering({ status: 429, retryAfterSeconds: 1 }), says: /HTTP 429/ },
  { name: 'Kusto answers 503', ...answering({ status: 503 }), says: /HTTP 503/ },
  {
    name: 'Kusto cuts every answer',
    ...answering({ cutAfterBytes: 20 }),
    says: /before the answer was complete/,
  },
  {
    name: 'nobody listens at the address of Kusto',
    begin: (run) => run.relay?.go(),
    end: (run) => run.relay?.come(),
    says: /nobody answers \(ECONNREFUSED\)/,
  },
];

describe(`an outage of ${outageSeconds} s`, { timeout: 300_000 }, () => {
  for (const { name, begin, end, says } of outages)
    it(`${name}: nothing is lost, it says so, and goes on by itself`, async () => {
      await using run = await OutageRun.start(kusto);
      const { clock } = run;
      assert.deepEqual(run.lines, []);
      await begin(run);
      const statuses = new Set<string>();
      for (let second = 0; second < outageSeconds; second += 1) {
        if (second % 10 === 1) await run.change(second % 10, second);
        if (second === 30) await run.vanish(7);
        await clock.pass(1_000);
        statuses.add(run.status);
      }
      assert.ok(statuses.has('retrying'), [...statuses].join());
      assert.equal(run.status, 'retrying');
      assert.equal(run.failure, undefined);
      await end(run);
      await run.caughtUp();
      await clock.until(() => run.status === 'running', 'the status running', 60_000);
      await run.change(3, 100);
      await run.caughtUp();
      assert.ok(
        run.lines.some((line) => says.test(line)),
        run.lines.slice(0, 5).join('\n'),
      );
      assert.ok(run.lines.length <= mostLines, `${run.lines.length} lines`);
      assert.ok(run.publishes < 60, `${run.publishes} publishes`);
      const told = run.lines.length;
      await clock.pass(60_000);
      assert.equal(run.lines.length, told, 'no complaint afterwards');
    });
});
