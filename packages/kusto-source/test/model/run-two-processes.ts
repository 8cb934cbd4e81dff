import assert from 'node:assert/strict';
import { MemoryStateStore } from '@drasi-kusto/source-sdk';
import { isCaughtUp } from './caught-up.ts';
import { Machine } from './machine.ts';
import type { ModelService } from './model-service.ts';
import { database, ModelTable } from './model-table.ts';
import type { Profile } from './profile.ts';
import { profileNamed } from './profiles.ts';
import { PublisherJudge } from './publisher-judge.ts';
import { readInto } from './read-into.ts';
import { Reader } from './reader.ts';
import type { StoredRecord } from './source-runner.ts';
import type { DataStep } from './step.ts';
import type { PlanFigures } from './surroundings.ts';
import type { MachineStep, TwoProcessPlan } from './two-process-plan.ts';
import { differences, wantedElements } from './wanted-elements.ts';
import { WireLog } from './wire-log.ts';

/** The most real time that anything may take, milliseconds: a machine may be busy. */
const patienceMs = 40_000;
/** A sleep that ends within this time is over with the next tick, and what a tick is otherwise, milliseconds: as in `ModelClock`, and less careful. */
const [jumpMs, driftMs] = [1_000, 100];

export interface TwoProcessFigures extends PlanFigures {
  /** How often a lease was taken that nobody had released. */
  readonly takings: number;
}

let tables = 0;

/**
 * Runs a plan of two processes that share a state and a topic, on machines with a clock each.
 * @param asksLast false: publishers do not make the last call, to show that this is seen
 * @throws Error that says what is wrong
 */
export async function runTwoProcesses(
  plan: TwoProcessPlan,
  service: ModelService,
  asksLast = true,
): Promise<TwoProcessFigures> {
  tables += 1;
  const run = new TwoProcessRun(plan, service, `P${tables}`, asksLast);
  try {
    return await run.run();
  } finally {
    await run.close();
  }
}

class TwoProcessRun {
  readonly #plan: TwoProcessPlan;
  readonly #profile: Profile;
  readonly #table: ModelTable;
  readonly #state = new MemoryStateStore();
  readonly #judge = new PublisherJudge();
  readonly #log = new WireLog();
  readonly #machines: Readonly<Record<'A' | 'B', Machine>>;
  readonly #readers: Reader[] = [new Reader('the reader of the feed alone', 0)];
  /** Bootstraps under way. */
  readonly #reading = new Set<Promise<void>>();
  #broken: Error | undefined;

  constructor(plan: TwoProcessPlan, service: ModelService, table: string, asksLast: boolean) {
    this.#plan = plan;
    this.#profile = profileNamed(plan.profile);
    this.#table = new ModelTable(service, table);
    const shared = {
      properties: {
        KUSTO_URI: service.kusto.url,
        KUSTO_DATABASE: database,
        KUSTO_TABLE: table,
        POLL_INTERVAL: '1',
        ...this.#profile.properties(table),
      },
      state: this.#state,
      asksLast,
      judge: this.#judge,
      deliver: (changes: readonly Uint8Array[]) => this.#log.deliver(changes),
    };
    this.#machines = { A: new Machine('A', 0, shared), B: new Machine('B', 3_000, shared) };
  }

  async run(): Promise<TwoProcessFigures> {
    await this.#table.create();
    for (const [number, step] of this.#plan.steps.entries()) {
      try {
        await this.#step(step);
        this.#check();
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new Error(`step ${number}, ${step.do}: ${message}`, { cause: error });
      }
    }
    await this.#settle();
    return {
      steps: this.#plan.steps.length,
      engine: false,
      readers: this.#readers.length,
      changes: this.#log.changes.length,
      takings: this.#judge.takings,
    };
  }

  async close(): Promise<void> {
    await this.#whilePassing(Promise.all(this.#both.map((machine) => machine.kill())));
    await this.#whilePassing(Promise.all(this.#reading));
    await this.#table.drop();
  }

  get #both(): readonly Machine[] {
    return [this.#machines.A, this.#machines.B];
  }

  async #step(step: DataStep | MachineStep): Promise<void> {
    switch (step.do) {
      case 'start':
        return await this.#machines[step.machine].start();
      case 'kill':
        return await this.#whilePassing(this.#machines[step.machine].kill());
      case 'end':
        return await this.#whilePassing(this.#machines[step.machine].end());
      case 'standStill':
        return this.#machines[step.machine ?? this.#judge.holder ?? 'A'].standStill(step.at, step.operations);
      case 'goOn':
        return this.#machines[step.machine].goOn();
      case 'pass':
        return await this.#pass(step.seconds * 1_000, step.untilStill);
      case 'catchUp':
        return await this.#catchUp(false);
      case 'bootstrap':
        return this.#bootstrap();
      default:
        return await this.#table.apply(step);
    }
  }

  /** A short time passes on both machines, and those who are due and the network work for a moment. @returns milliseconds */
  async #tick(): Promise<number> {
    const left = Math.min(...this.#both.filter(({ isStill }) => !isStill).map(({ clock }) => clock.left));
    const ms = left <= jumpMs ? left : driftMs;
    for (const machine of this.#both) machine.pass(ms);
    await new Promise((resolve) => setTimeout(resolve, 1));
    return ms;
  }

  async #pass(ms: number, untilStill = false): Promise<void> {
    const deadline = Date.now() + patienceMs;
    for (let passed = 0; passed < ms && Date.now() < deadline;) {
      if (untilStill && this.#both.some(({ isStill }) => isStill)) return;
      passed += await this.#tick();
    }
  }

  async #whilePassing(end: Promise<unknown>): Promise<void> {
    const settled = new AbortController();
    const done = end.finally(() => settled.abort());
    await this.#until(() => settled.signal.aborted, 'an end');
    await done;
  }

  async #until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!(await condition())) {
      await this.#tick();
      if (Date.now() > deadline) throw new Error(`${what} did not come within ${patienceMs / 1_000} s`);
    }
  }

  /** At the one that publishes: the other one has no feed, and refuses. */
  #bootstrap(): void {
    const { holder } = this.#judge;
    if (holder === undefined) return;
    const machine = this.#machines[holder];
    const { proxyUrl, life } = machine;
    if (proxyUrl === undefined || life === undefined || machine.isStill) return;
    const reader = new Reader(`reader ${this.#readers.length}`, this.#log.changes.length);
    const read = readInto({
      proxyUrl,
      nodeLabels: this.#profile.entities.map(({ label }) => label),
      relLabels: [],
      leaveAfter: undefined,
      isDead: () => life.isDead,
      onElement: (line) => {
        try {
          reader.insert(line);
        } catch (error) {
          this.#broken ??= error instanceof Error ? error : new Error(String(error));
        }
      },
    });
    const follow = async (): Promise<void> => {
      const end = await read;
      if (end === 'whole' || end === 'cut') this.#readers.push(reader);
      this.#reading.delete(reading);
    };
    const reading = follow();
    this.#reading.add(reading);
  }

  async #settle(): Promise<void> {
    await this.#table.apply({ do: 'lag', on: false });
    for (const machine of this.#both) machine.goOn();
    await this.#until(() => this.#judge.losers.length === 0, 'the end of who lost the lease (R21)');
    await this.#startAgain();
    await this.#until(() => this.#reading.size === 0 && this.#judge.holder !== undefined, 'a holder');
    const before = this.#readers.length;
    await this.#until(async () => {
      await this.#startAgain();
      if (this.#reading.size === 0 && this.#readers.length === before) this.#bootstrap();
      return this.#readers.length > before;
    }, 'the last bootstrap');
    // The scan that ends first may have begun before the last change.
    for (let scan = 0; scan < (this.#profile.scans ? 2 : 1); scan += 1) await this.#catchUp(true);
    this.#check();
    await this.#compare();
  }

  /** As a platform does with a process that ended. */
  async #startAgain(): Promise<void> {
    for (const machine of this.#both) await machine.start();
  }

  /** @param atAnyRate ended processes are started again; else it is left where no process can */
  async #catchUp(atAnyRate: boolean): Promise<void> {
    const goal = {
      cursor: await this.#table.cursor(),
      scannedSince: this.#profile.scans ? Math.max(...this.#both.map(({ clock }) => clock.now())) : undefined,
      columns: undefined,
    };
    await this.#until(async () => {
      this.#check();
      if (atAnyRate) await this.#startAgain();
      else if (!this.#canGoOn()) return true;
      const record = (await this.#state.get('drasi-source'))?.value as unknown as StoredRecord | undefined;
      const entities = Object.values(record?.checkpoint?.entities ?? {});
      return (
        entities.length > 0 &&
        record?.sessions.length === 0 &&
        entities.every((entity) => isCaughtUp(entity, goal))
      );
    }, 'the checkpoint at the last cursor');
  }

  /** Whether a process runs that holds the lease, or will have it, without that another one goes on. */
  #canGoOn(): boolean {
    const { holder } = this.#judge;
    if (holder !== undefined) return !this.#machines[holder].isStill;
    return this.#both.some(({ isRunning, isStill }) => isRunning && !isStill);
  }

  #check(): void {
    const broken = this.#broken ?? this.#judge.broken ?? this.#log.broken;
    if (broken !== undefined) throw broken;
  }

  async #compare(): Promise<void> {
    const { entities } = this.#profile;
    const rows = await Promise.all(
      entities.map(async (entity) => ({ entity, rows: await entity.wanted(this.#table) })),
    );
    const wanted = wantedElements(rows);
    for (const reader of this.#readers) {
      reader.follow(this.#log.changes);
      const found = differences(reader, wanted).map(({ text }) => text);
      assert.ok(
        found.length === 0,
        `${reader.name}: ${found.slice(0, 4).join('; ')} (${found.length} differences)`,
      );
    }
  }
}
