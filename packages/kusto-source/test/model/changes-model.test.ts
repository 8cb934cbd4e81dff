// Random changes of a table, random faults, crashes and bootstraps: what every reader holds in the end is what Kusto's query returns.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { failingPlans } from './failing-plans.ts';
import { ModelRuns } from './model-runs.ts';
import type { Profile } from './profile.ts';
import { profiles } from './profiles.ts';
import { randomPlan } from './random-plan.ts';
import type { Deliver } from './surroundings.ts';
import type { AnyPlan } from './two-process-plan.ts';

const steps = 40;
/** Over all profiles. */
const plansInAll = Number(process.env['MODEL_PLANS'] ?? 22);
const shrinkMs = 60_000;
const fresh = Math.floor(Math.random() * 2 ** 31);

describe('a model of every change', { timeout: 900_000 }, () => {
  let runs: ModelRuns;
  before(async () => {
    runs = await ModelRuns.start();
  });
  after(async () => {
    await runs[Symbol.asyncDispose]();
  });

  async function check(plan: AnyPlan): Promise<void> {
    const failure = await runs.judge(plan, shrinkMs);
    assert.ok(failure === undefined, failure?.report);
  }

  it('is compared with the real Drasi engine', (context) => {
    if (runs.withoutEngine !== undefined) context.skip(`no engine here: ${runs.withoutEngine}`);
  });

  it('is right where it once was not', async () => {
    for (const { plan } of failingPlans()) await check(plan);
  });

  for (const profile of profiles) {
    it(`${profile.name}: bootstraps and changes, folded, are what the query returns (I1 to I5, I12, I13)`, async (context) => {
      context.diagnostic(
        `fresh seed ${fresh}: npm run soak -- --model --profile ${profile.name} --seed ${fresh}`,
      );
      const count = Math.ceil(plansInAll / profiles.length);
      const seeds = Array.from({ length: count }, (_, index) => index + 1);
      for (const seed of [...seeds, fresh]) await check(randomPlan(profile, seed, steps));
    });
  }

  it('loses nothing wherever the process dies, at each named point', async (context) => {
    const [failure] = await runs.dieAtMissedPoints(shrinkMs);
    assert.ok(failure === undefined, failure?.report);
    context.diagnostic(`deaths: ${String(runs.crashes)}`);
    assert.deepEqual(runs.crashes.missed, [], 'points at which no process died');
  });

  it('had readers, changes and an engine to compare', () => {
    const { plans, readers, changes, plansOfEngine } = runs.total;
    assert.ok(readers >= 2 * plans && changes > 10 * plans, JSON.stringify(runs.total));
    assert.ok(runs.withoutEngine !== undefined || plansOfEngine > plans / 6, JSON.stringify(runs.total));
  });

  /** The first plan that shows that something is spoilt; undefined when none of some does. */
  async function caught(spoil: (deliver: Deliver) => Deliver): Promise<string | undefined> {
    const [profile] = profiles as readonly [Profile];
    for (let seed = 1; seed <= 30; seed += 1) {
      try {
        await runs.run(randomPlan(profile, seed, steps), spoil);
      } catch (error) {
        return (error as Error).message;
      }
    }
    return undefined;
  }

  it('sees a change that is lost', async () => {
    let count = 0;
    const lossy =
      (deliver: Deliver): Deliver =>
      (changes) => {
        count += 1;
        // Often, since the next version of a key, or a repair, hides a loss.
        deliver(count % 3 === 0 ? changes.slice(1) : changes);
      };
    assert.match((await caught(lossy)) ?? 'not seen', /is missing|should have/);
  });

  it('sees changes in another order', async () => {
    const turned =
      (deliver: Deliver): Deliver =>
      (changes) =>
        deliver(changes.toReversed());
    assert.match((await caught(turned)) ?? 'not seen', /lsn .* after .* \(R12\)/);
  });

  it('sees a delete of what never was a node', async () => {
    let done = false;
    const wild =
      (deliver: Deliver): Deliver =>
      (changes) => {
        const [first] = changes;
        if (done || first === undefined) return deliver(changes);
        done = true;
        const text = Buffer.from(first).toString('latin1');
        const element = '"before":{"id":"Row:nobody,1","labels":["Row"],"properties":{}}}}';
        const wrong = text.replace('"op":"u"', '"op":"d"').replace(/"after":.*$/s, element);
        return deliver([Buffer.from(wrong), ...changes.slice(1)]);
      };
    assert.match((await caught(wild)) ?? 'not seen', /a delete of Row:nobody/);
  });
});
