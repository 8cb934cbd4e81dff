import { propertyNames, type PropertyValues } from '../../src/config/properties.ts';
import { GapJudge } from './gap-judge.ts';
import type { ModelTable } from './model-table.ts';
import type { Profile } from './profile.ts';
import type { SourceWatch, StoredRecord } from './source-runner.ts';
import type { WireLog } from './wire-log.ts';

/**
 * The person who runs the source of a plan: does what the message of an error says, and nothing else. Sees to it, too, that the
 * source ends only where it has to, and before it did what a person is asked about.
 */
export class Operator implements SourceWatch {
  readonly gaps = new GapJudge();
  readonly #profile: Profile;
  readonly #table: ModelTable;
  readonly #log: WireLog;
  #onGap: 'stop' | 'resnapshot' = 'stop';
  #limit = Number.POSITIVE_INFINITY;
  #broken: Error | undefined;
  /** Changes that were published before the scan under way, if there is one. */
  #beforeScan = 0;
  #scannedAt: number | undefined;

  constructor(profile: Profile, table: ModelTable, log: WireLog) {
    this.#profile = profile;
    this.#table = table;
    this.#log = log;
  }

  get broken(): Error | undefined {
    return this.#broken ?? this.gaps.broken;
  }

  started(properties: PropertyValues): void {
    this.#onGap = properties['ON_GAP'] === 'resnapshot' ? 'resnapshot' : 'stop';
    this.#limit = Number(properties['DELETE_LIMIT'] ?? Number.POSITIVE_INFINITY);
    this.#beforeScan = this.#log.changes.length;
  }

  stored({ checkpoint, sessions }: StoredRecord): void {
    const entities = Object.values(checkpoint?.entities ?? {});
    const [only] = entities;
    if (only === undefined || entities.length > 1) return;
    this.gaps.stored(only, this.#onGap);
    // A repair, at whose end sessions are settled, compares everything as a scan does.
    if (only.scannedAt === this.#scannedAt && sessions.length > 0) return;
    const deletes = this.#deletes().length;
    if (this.#profile.endsWith?.includes('MASS_DELETE') === true && deletes > this.#limit)
      this.#broken ??= new Error(`R19: a scan deleted ${deletes}, and DELETE_LIMIT is ${this.#limit}`);
    this.#scannedAt = only.scannedAt;
    this.#beforeScan = this.#log.changes.length;
  }

  async ended(code: string, message: string): Promise<PropertyValues | undefined> {
    if (this.#profile.endsWith?.includes(code) !== true) return undefined;
    if (code === 'GAP') {
      this.gaps.ended();
      // The commands that messages give are run as they are.
      const command = /\.alter table \S+ policy ingestiontime true/.exec(message)?.[0];
      if (command !== undefined) await this.#table.policyOn(command);
      return told(message, 'ON_GAP', 'resnapshot') ?? {};
    }
    const [deleted] = this.#deletes();
    if (deleted !== undefined)
      this.#broken ??= new Error(
        `R19: ${deleted.element.id} was deleted, and then a person was asked: ${message}`,
      );
    const limit = /DELETE_LIMIT set to (\d+) or more/.exec(message)?.[1];
    return limit === undefined ? undefined : told(message, 'DELETE_LIMIT', limit);
  }

  /** Of the scan under way. */
  #deletes() {
    // Each once, however often the broker delivered it.
    return [...new Set(this.#log.changes.slice(this.#beforeScan))].filter(({ op }) => op === 'd');
  }
}

/** The property's value, if the message names the property. */
function told(message: string, name: string, value: string): PropertyValues | undefined {
  const known = propertyNames.find((property) => property === name);
  return known === undefined || !message.includes(name) ? undefined : { [known]: value };
}
