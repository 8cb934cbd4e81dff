import assert from 'node:assert/strict';
import type { FaultRule, KustoLocal } from 'kusto-local';
import { isCaughtUp } from './caught-up.ts';
import type { EngineReader } from './engine-reader.ts';
import { judgeRelations } from './engine-relations.ts';
import { allInvariants } from './invariants/all-invariants.ts';
import type { Invariants, RunEvent } from './invariants/invariant.ts';
import { ModelTable } from './model-table.ts';
import { rowLabel, type Profile } from './profile.ts';
import { profileNamed } from './profiles.ts';
import { readInto } from './read-into.ts';
import { Operator } from './operator.ts';
import { Reader } from './reader.ts';
import { slowBootstrapRule, troubleRules } from './service-trouble.ts';
import { SourceRunner } from './source-runner.ts';
import { isFeedStep, type DataStep, type FeedStep, type Plan } from './step.ts';
import { differences, idOf, wantedElements } from './wanted-elements.ts';
import type { PlanFigures, Surroundings } from './surroundings.ts';
import { WireLog } from './wire-log.ts';

let tables = 0;

/**
 * Runs a plan against kusto-local, and compares every reader with what the query returns once everything is published.
 * @throws Error that says what is wrong
 */
export async function runPlan(plan: Plan, surroundings: Surroundings): Promise<PlanFigures> {
  tables += 1;
  const run = new PlanRun(plan, surroundings, `T${tables}`);
  try {
    return await run.run();
  } finally {
    await run.close();
  }
}

class PlanRun {
  readonly #plan: Plan;
  readonly #profile: Profile;
  readonly #kusto: KustoLocal;
  readonly #engine: EngineReader | undefined;
  readonly #table: ModelTable;
  readonly #log = new WireLog();
  readonly #source: SourceRunner;
  readonly #operator: Operator;
  readonly #readers: Reader[] = [];
  /** Bootstraps under way. */
  readonly #reading = new Set<Promise<void>>();
  #ofEngine: { readonly reader: Reader; readonly lines: Buffer[]; readonly from: number } | undefined;
  #trouble: readonly FaultRule[] = [];
  #broken: Error | undefined;
  readonly #invariants: Invariants;
  #judged = 0;
  #started = false;

  constructor(
    plan: Plan,
    { service, engine, tally, spoil = (deliver) => deliver }: Surroundings,
    table: string,
  ) {
    this.#plan = plan;
    this.#profile = profileNamed(plan.profile);
    this.#kusto = service.kusto;
    this.#engine = engine;
    this.#table = new ModelTable(service, table);
    this.#operator = new Operator(this.#profile, this.#table, this.#log);
    const deliver = spoil((changes) => this.#log.deliver(changes));
    this.#invariants = allInvariants(this.#profile);
    const topic = { deliver, tally, invariants: this.#invariants };
    this.#source = new SourceRunner(this.#kusto, this.#profile, table, plan.from, topic, this.#operator);
  }

  async run(): Promise<PlanFigures> {
    await this.#table.create();
    for (const [number, step] of this.#plan.steps.entries()) {
      try {
        if (isFeedStep(step)) await this.#feed(step);
        else await this.#data(step);
      } catch (error) {
        throw new Error(
          `step ${number}, ${step.do}: ${error instanceof Error ? error.message : String(error)}`,
          {
            cause: error,
          },
        );
      }
    }
    return await this.#settle();
  }

  async close(): Promise<void> {
    this.#kusto.setFaults([]);
    if (this.#started) await this.#source.stop();
    await Promise.all(this.#reading);
    if (this.#ofEngine !== undefined && this.#engine !== undefined)
      await this.#engine.empty(this.#ofEngine.reader);
    await this.#table.drop();
  }

  async #data(step: DataStep): Promise<void> {
    if (step.do === 'policyOff') this.#operator.gaps.policyOff();
    await this.#table.apply(step);
    await this.#judge();
  }

  async #feed(step: FeedStep): Promise<void> {
    if (!this.#started) {
      this.#started = true;
      await this.#source.start();
      // A source from the beginning publishes everything: whoever listens needs no bootstrap.
      if (this.#plan.from === 'beginning') this.#readers.push(new Reader('the reader of the feed alone', 0));
    }
    await this.#source.revive();
    const { life, clock } = this.#source;
    switch (step.do) {
      case 'ticks':
        for (let tick = 0; tick < step.count && !life.isDead; tick += 1) await clock.tick();
        break;
      case 'catchUp':
        // Each of these ends the process: with so many of them it does not get far.
        if (this.#trouble[0]?.name === 'no completion') await this.#feed({ do: 'calm' });
        await this.#catchUp(0);
        break;
      case 'scan':
        if (this.#trouble[0]?.name === 'no completion') await this.#feed({ do: 'calm' });
        if (this.#profile.scans) await this.#catchUp(1);
        break;
      case 'crash':
        life.crash(step.at, step.nth);
        break;
      case 'kill':
        life.kill();
        break;
      case 'restart':
        await this.#source.restart();
        break;
      case 'flaky':
        life.troubled(step.operations, step.seed);
        break;
      case 'trouble':
        this.#trouble = troubleRules(step.kind);
        this.#kusto.setFaults(this.#trouble, step.seed);
        break;
      case 'store':
        this.#source.storeTrouble(step.trouble, step.seed);
        break;
      case 'redeliver':
        this.#log.redeliver(step.publishes);
        break;
      case 'calm':
        this.#source.storeTrouble(undefined);
        this.#trouble = [];
        this.#kusto.setFaults([]);
        break;
      case 'bootstrap':
        this.#bootstrap(step);
        break;
      // no default
    }
    await this.#judge();
  }

  #bootstrap({ by, delayMs, leaveAfter }: Extract<FeedStep, { readonly do: 'bootstrap' }>): void {
    if (delayMs > 0) this.#kusto.setFaults([slowBootstrapRule(delayMs), ...this.#trouble], delayMs);
    const from = this.#log.changes.length;
    const isOfEngine = by === 'engine' && this.#engine !== undefined && this.#ofEngine === undefined;
    const reader = new Reader(`reader ${this.#readers.length + 1}${isOfEngine ? ', the engine' : ''}`, from);
    const lines: Buffer[] = [];
    if (isOfEngine) this.#ofEngine = { reader, lines, from };
    const { life } = this.#source;
    const read = readInto({
      proxyUrl: this.#source.proxyUrl,
      // Drasi asks each source for all labels of a query.
      nodeLabels: [...this.#labels(false), 'OfOthers'],
      relLabels: [...this.#labels(true), 'OF_OTHERS'],
      leaveAfter,
      isDead: () => life.isDead,
      onElement: (line) => {
        lines.push(line);
        try {
          this.#take({ what: 'element', element: reader.insert(line) });
        } catch (error) {
          this.#broken ??= error as Error;
        }
      },
    });
    const follow = async (): Promise<void> => {
      const end = await read;
      if (end === 'whole' || end === 'cut') this.#readers.push(reader);
      else if (isOfEngine) this.#ofEngine = undefined;
      this.#reading.delete(reading);
    };
    const reading = follow();
    this.#reading.add(reading);
  }

  #labels(ofRelations: boolean): readonly string[] {
    const { entities } = this.#profile;
    return entities.filter(({ ends }) => (ends !== undefined) === ofRelations).map(({ label }) => label);
  }

  /**
   * Until the checkpoint is at the database's cursor, no bootstrap waits to be repaired, and scans have ended.
   * @param scans how many, one after the other: the one that ends first may have begun before the last change
   */
  async #catchUp(scans: number): Promise<void> {
    const { followed, entities: all } = this.#profile;
    for (let scan = 0; scan < Math.max(1, scans); scan += 1) {
      const goal = {
        cursor: await this.#table.cursor(),
        scannedSince: scans === 0 ? undefined : this.#source.clock.now(),
        columns: followed && (await this.#table.columns(followed(this.#table.name))),
      };
      await this.#source.pump(async () => {
        const { entities, sessions } = await this.#source.stored();
        if (this.#reading.size > 0 || sessions > 0 || entities.length < all.length) return false;
        return entities.every((entity) => isCaughtUp(entity, goal));
      }, 'the checkpoint at the last cursor');
    }
  }

  async #settle(): Promise<PlanFigures> {
    await this.#feed({ do: 'calm' });
    this.#source.life.calm();
    await this.#table.apply({ do: 'lag', on: false });
    await this.#source.pump(() => this.#reading.size === 0, 'the end of the bootstraps');
    // A bootstrap when all is over is right without any change.
    const before = this.#readers.length;
    while (this.#readers.length === before) {
      await this.#source.revive();
      this.#bootstrap({ do: 'bootstrap', by: 'reader', delayMs: 0 });
      await this.#source.pump(() => this.#reading.size === 0, 'the last bootstrap');
    }
    await this.#closeGaps();
    await this.#catchUp(this.#profile.scans ? 2 : 0);
    await this.#judge();
    await this.#compare();
    return {
      steps: this.#plan.steps.length,
      readers: this.#readers.length,
      changes: this.#log.changes.length,
      engine: this.#ofEngine !== undefined,
    };
  }

  /** The feed looks for gaps about once a minute. */
  async #closeGaps(): Promise<void> {
    if (this.#profile.endsWith?.includes('GAP') !== true) return;
    const tableId = await this.#table.id();
    await this.#source.pump(() => this.#operator.gaps.isClosed(tableId), 'the end of every gap (I10)');
  }

  async #compare(): Promise<void> {
    const rows = await Promise.all(
      this.#profile.entities.map(async (entity) => ({ entity, rows: await entity.wanted(this.#table) })),
    );
    const wanted = wantedElements(rows);
    const { changes } = this.#log;
    for (const reader of this.#readers) {
      reader.follow(changes);
      const found = differences(reader, wanted, this.#table.shape.changed);
      if (found.length > 0) this.#take({ what: 'reader differs', reader: reader.name, differences: found });
    }
    this.#throwBroken();
    if (this.#ofEngine === undefined || this.#engine === undefined) return;
    const { lines, from } = this.#ofEngine;
    const ofRows = rows.flatMap((of) => (of.entity.label === rowLabel ? of.rows : []));
    const found = [...(await this.#engine.judge(lines, changes.slice(from), ofRows))];
    if (this.#labels(true).length > 0)
      found.push(...(await judgeRelations(lines, changes.slice(from), rows)));
    assert.ok(found.length === 0, found.slice(0, 4).join('; '));
  }

  /** Rules that hold at every moment: of what was read, stored and asked, and of the wire. */
  async #judge(): Promise<void> {
    for (const entity of this.#profile.entities)
      if (entity.live !== undefined) {
        const rows = await this.#table.rows(entity.live(this.#table.name));
        this.#take({ what: 'ids may be live', ids: rows.map((row) => idOf(entity, row)) });
      }
    const { changes } = this.#log;
    for (const { op, element, timestampNs } of changes.slice(this.#judged))
      this.#take({ what: 'change', op, element, timestampNs });
    this.#judged = changes.length;
    this.#throwBroken();
  }

  #take(event: RunEvent): void {
    this.#invariants.take(event, 0);
  }

  #throwBroken(): void {
    const broken = this.#broken ?? this.#log.broken ?? this.#operator.broken ?? this.#invariants.broken;
    if (broken !== undefined) throw broken;
  }
}
