import { CrashTally } from './crash-points.ts';
import { EngineReader } from './engine-reader.ts';
import { startModelService, type ModelService } from './model-service.ts';
import { profileNamed } from './profiles.ts';
import { crashPlan } from './random-plan.ts';
import { runPlan } from './run-plan.ts';
import type { Deliver, PlanFigures } from './surroundings.ts';
import { shrink } from './shrink.ts';
import { rowLabel as label } from './profile.ts';
import { runTwoProcesses } from './run-two-processes.ts';
import type { AnyPlan } from './two-process-plan.ts';
import type { Plan } from './step.ts';

export interface PlanFailure {
  /** The shortest plan found that fails. */
  readonly plan: AnyPlan;
  /** What is wrong, how to see it again, and the plan. */
  readonly report: string;
}

/** What stands for a profile where there are two processes. */
export const twoProcesses = 'two-processes';

/** Where plans are run one after the other: a kusto-local of each kind that is needed and, if this machine has one, a Drasi engine. */
export class ModelRuns implements AsyncDisposable {
  readonly total = { plans: 0, steps: 0, readers: 0, changes: 0, plansOfEngine: 0 };
  /** At which points processes died, over all plans. */
  readonly crashes = new CrashTally();
  /** Why the real engine is not among the readers. */
  readonly withoutEngine: string | undefined;
  /** By whether they have database cursors. */
  readonly #services = new Map<boolean, ModelService>();
  #engine: EngineReader | undefined;

  private constructor(engine: EngineReader | string) {
    if (typeof engine === 'string') this.withoutEngine = engine;
    else this.#engine = engine;
  }

  static async start(): Promise<ModelRuns> {
    return new ModelRuns(await EngineReader.start(label));
  }

  /** Adds the figures of a plan that is right. @throws Error that says what is wrong */
  async run(plan: AnyPlan, spoil?: (deliver: Deliver) => Deliver): Promise<PlanFigures> {
    const figures =
      'processes' in plan
        ? await runTwoProcesses(plan, await this.#service(true))
        : await this.#runOne(plan, spoil);
    this.total.plans += 1;
    this.total.steps += figures.steps;
    this.total.readers += figures.readers;
    this.total.changes += figures.changes;
    if (figures.engine) this.total.plansOfEngine += 1;
    return figures;
  }

  async #runOne(plan: Plan, spoil: ((deliver: Deliver) => Deliver) | undefined): Promise<PlanFigures> {
    const surroundings = {
      service: await this.#service(profileNamed(plan.profile).cursors ?? true),
      engine: this.#engine,
      tally: this.crashes,
      ...(spoil === undefined ? {} : { spoil }),
    };
    try {
      return await runPlan(plan, surroundings);
    } catch (error) {
      // What an engine holds after a failure is nobody's to say.
      if (this.#engine !== undefined) await this.#renewEngine(this.#engine);
      throw error;
    }
  }

  /**
   * Runs a plan, and shortens it when it fails.
   * @param shrinkMs the most time for that, milliseconds
   */
  async judge(plan: AnyPlan, shrinkMs: number): Promise<PlanFailure | undefined> {
    const failure = async (tried: AnyPlan): Promise<string | undefined> => {
      try {
        await this.run(tried);
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    };
    const message = await failure(plan);
    if (message === undefined) return undefined;
    const shortest = await shrink(plan, message, failure, Date.now() + shrinkMs);
    return { plan: shortest.plan, report: reportOf(plan, message, shortest.plan, shortest.message) };
  }

  /**
   * Plans for the points at which no process died so far: random ones come to some of them seldom.
   * @returns the failures; a point that is missed all the same is still in {@link ModelRuns.crashes}
   */
  async dieAtMissedPoints(shrinkMs: number): Promise<readonly PlanFailure[]> {
    const failures: PlanFailure[] = [];
    for (const point of this.crashes.missed)
      // A scan may find nothing to look into, and a crash may be meant for the second time.
      for (let seed = 1; seed <= 8 && this.crashes.of(point) === 0; seed += 1) {
        // With windows, scans have little to read; without them, everything.
        const profile = profileNamed(seed % 2 === 1 ? 'latest-scan' : 'reconcile');
        const failure = await this.judge(crashPlan(profile, point, seed), shrinkMs);
        if (failure !== undefined) failures.push(failure);
      }
    return failures;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.close();
    for (const service of this.#services.values()) await service[Symbol.asyncDispose]();
  }

  async #service(cursors: boolean): Promise<ModelService> {
    const known = this.#services.get(cursors);
    if (known !== undefined) return known;
    const service = await startModelService({ cursors });
    this.#services.set(cursors, service);
    return service;
  }

  async #renewEngine(engine: EngineReader): Promise<void> {
    await engine.close();
    const renewed = await EngineReader.start(label);
    this.#engine = typeof renewed === 'string' ? undefined : renewed;
  }
}

function reportOf(plan: AnyPlan, message: string, shortest: AnyPlan, shortestMessage: string): string {
  const profile = 'processes' in plan ? twoProcesses : plan.profile;
  const from = 'from' in plan ? `, feed from ${plan.from}` : '';
  return [
    `${profile}, seed ${plan.seed}: ${message}`,
    `again: npm run soak -- --model --profile ${profile} --seed ${plan.seed} --steps ${plan.length}`,
    `${shortest.steps.length} of ${plan.steps.length} steps are enough${from}: ${shortestMessage}`,
    ...shortest.steps.map((step, number) => `  ${number} ${JSON.stringify(step)}`),
  ].join('\n');
}
