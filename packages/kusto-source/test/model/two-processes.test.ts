// Two processes of a source share its state and its topic. They stand still and go on, are killed, ended and started again.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ModelRuns, twoProcesses } from './model-runs.ts';
import { startModelService } from './model-service.ts';
import { runTwoProcesses } from './run-two-processes.ts';
import { twoProcessPlan, type TwoProcessPlan } from './two-process-plan.ts';

const steps = 30;
const seeds = 3;
const shrinkMs = 60_000;
const fresh = Math.floor(Math.random() * 2 ** 31);

/** The holder stands still before it publishes a row; the other one takes over; then the first one goes on. */
const zombie: TwoProcessPlan = {
  processes: 2,
  profile: 'append',
  seed: 0,
  length: 0,
  steps: [
    { do: 'start', machine: 'A' },
    { do: 'catchUp' },
    { do: 'start', machine: 'B' },
    { do: 'pass', seconds: 3 },
    { do: 'standStill', machine: 'A', at: 'publish', operations: 1 },
    { do: 'ingest', rows: [{ key: 1, v: 1, n: 1, state: 'open' }] },
    { do: 'pass', seconds: 100, untilStill: true },
    { do: 'pass', seconds: 40 },
    { do: 'ingest', rows: [{ key: 1, v: 2, n: 2, state: 'open' }] },
    { do: 'catchUp' },
    { do: 'goOn', machine: 'A' },
    { do: 'pass', seconds: 5 },
  ],
};

describe('two processes of one source', { timeout: 600_000 }, () => {
  let runs: ModelRuns;
  before(async () => {
    runs = await ModelRuns.start();
  });
  after(async () => {
    await runs[Symbol.asyncDispose]();
  });

  it('publish one at a time, whatever happens to them, and what readers hold in the end is what the query returns (I7, R21)', async (context) => {
    context.diagnostic(
      `fresh seed ${fresh}: npm run soak -- --model --profile ${twoProcesses} --seed ${fresh}`,
    );
    const all = [...Array.from({ length: seeds }, (_, index) => index + 1), fresh];
    for (const seed of all) {
      const failure = await runs.judge(twoProcessPlan(seed, steps), shrinkMs);
      assert.ok(failure === undefined, failure?.report);
    }
  });

  it('the one that stood still before a publish does not complete it, and ends (R21 zombie publisher)', async () => {
    await using service = await startModelService({ cursors: true });
    const { takings } = await runTwoProcesses(zombie, service);
    assert.equal(takings, 1);
    // Without the last call it would.
    await assert.rejects(runTwoProcesses(zombie, service, false), /I7: A published, and the lease is B's/);
  });
});
