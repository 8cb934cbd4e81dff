import { between, pick, seededRandom, type Random } from './random.ts';
import { kinds, places, reporters, type Place } from './storm-world.ts';

/** The columns of Microsoft's StormEvents sample table, with their types. The rows here are generated, none is real. */
export const stormColumns = [
  ['StartTime', 'datetime'],
  ['EndTime', 'datetime'],
  ['EpisodeId', 'int'],
  ['EventId', 'int'],
  ['State', 'string'],
  ['EventType', 'string'],
  ['InjuriesDirect', 'int'],
  ['InjuriesIndirect', 'int'],
  ['DeathsDirect', 'int'],
  ['DeathsIndirect', 'int'],
  ['DamageProperty', 'int'],
  ['DamageCrops', 'int'],
  ['Source', 'string'],
  ['BeginLocation', 'string'],
  ['EndLocation', 'string'],
  ['BeginLat', 'real'],
  ['BeginLon', 'real'],
  ['EndLat', 'real'],
  ['EndLon', 'real'],
  ['EpisodeNarrative', 'string'],
  ['EventNarrative', 'string'],
  ['StormSummary', 'dynamic'],
] as const;

export type StormColumn = (typeof stormColumns)[number][0];

/** One row. Datetimes are ISO 8601 in UTC, places of wide storms are empty, and their coordinates null. */
export interface Storm {
  readonly StartTime: string;
  readonly EndTime: string;
  readonly EpisodeId: number;
  readonly EventId: number;
  readonly State: string;
  readonly EventType: string;
  readonly InjuriesDirect: number;
  readonly InjuriesIndirect: number;
  readonly DeathsDirect: number;
  readonly DeathsIndirect: number;
  readonly DamageProperty: number;
  readonly DamageCrops: number;
  readonly Source: string;
  readonly BeginLocation: string;
  readonly EndLocation: string;
  readonly BeginLat: number | null;
  readonly BeginLon: number | null;
  readonly EndLat: number | null;
  readonly EndLon: number | null;
  readonly EpisodeNarrative: string;
  readonly EventNarrative: string;
  readonly StormSummary: StormSummary;
}

export interface StormSummary {
  readonly TotalDamages: number;
  readonly StartTime: string;
  readonly EndTime: string;
  readonly Details: { readonly Description: string; readonly Location: string };
}

/** The command that makes the table. */
export function createTableCommand(table: string): string {
  return `.create table ${table} (${stormColumns.map(([name, type]) => `${name}: ${type}`).join(', ')})`;
}

/** What the source of a report says when the report was a mistake: the storm is to be deleted. */
export const withdrawn = 'Withdrawn';

const year = 365 * 24 * 3600 * 1000;

/**
 * Makes storms from a seed: the same seed and clock give the same rows. Every EventId is used once, and a correction
 * repeats one of them with new values, as a weather service does when reports are checked.
 */
export class StormGenerator {
  readonly #random: Random;
  readonly #now: () => number;
  #eventId = 100_000;
  #episodeId = 20_000;
  readonly #recent: Storm[] = [];

  /** @param now milliseconds since 1970: no storm is later */
  constructor(seed: number, now: () => number) {
    this.#random = seededRandom(seed);
    this.#now = now;
  }

  /** Storms of the year before now. */
  *history(count: number): Generator<Storm> {
    for (let made = 0; made < count; made += 1)
      yield this.#storm(this.#now() - between(this.#random, 0, year), this.#place());
  }

  /**
   * A storm reported just now: a new one, or (about one in three) a correction of a recent one, or (about one in twelve) a recent one that
   * is withdrawn. New York, whose storms
   * the quick start's query watches, reports more than its share here.
   */
  next(): Storm {
    const corrected = this.#recent.length >= 3 && this.#random() < 0.4 ? this.#takeRecent() : undefined;
    if (corrected !== undefined && this.#random() < 0.2) return { ...corrected, Source: withdrawn };
    const storm =
      corrected === undefined
        ? this.#storm(this.#now() - between(this.#random, 60_000, 3_600_000), this.#reportingPlace())
        : this.#correction(corrected);
    this.#recent.push(storm);
    if (this.#recent.length > 50) this.#recent.shift();
    return storm;
  }

  #takeRecent(): Storm | undefined {
    return this.#recent.splice(between(this.#random, 0, this.#recent.length - 1), 1)[0];
  }

  #place(): Place {
    return pick<Place>(this.#random, places);
  }

  #reportingPlace(): Place {
    const newYork = places.find(({ value }) => value.state === 'NEW YORK')?.value;
    return newYork !== undefined && this.#random() < 0.35 ? newYork : this.#place();
  }

  #storm(endMs: number, { state, lat, lon, towns }: Place): Storm {
    const random = this.#random;
    const kind = pick(random, kinds);
    const startMs = endMs - between(random, 1, kind.minutes) * 60_000;
    const damage = random() < kind.damageChance ? dollars(random, kind.damage) : 0;
    const crops = rounded(damage * kind.crops * random());
    const injured = random() < kind.injuryChance ? between(random, 1, 6) : 0;
    const died = injured > 0 && random() < 0.15 ? between(random, 1, 2) : 0;
    const town = choose(random, towns);
    const begin = kind.wide ? undefined : nearby(random, lat, lon, 1.2);
    const end = begin && nearby(random, begin[0], begin[1], 0.15);
    const narrative = choose(random, kind.phrases);
    this.#eventId += between(random, 1, 3);
    if (random() < 0.3) this.#episodeId += 1;
    return this.#summarized({
      StartTime: iso(startMs),
      EndTime: iso(endMs),
      EpisodeId: this.#episodeId,
      EventId: this.#eventId,
      State: state,
      EventType: kind.type,
      InjuriesDirect: injured,
      InjuriesIndirect: injured > 0 && random() < 0.2 ? 1 : 0,
      DeathsDirect: died,
      DeathsIndirect: 0,
      DamageProperty: damage - crops,
      DamageCrops: crops,
      Source: pick(random, reporters),
      BeginLocation: kind.wide ? '' : town.toUpperCase(),
      EndLocation: kind.wide ? '' : choose(random, towns).toUpperCase(),
      BeginLat: begin?.[0] ?? null,
      BeginLon: begin?.[1] ?? null,
      EndLat: end?.[0] ?? null,
      EndLon: end?.[1] ?? null,
      EpisodeNarrative: `Generated episode: unsettled weather near ${town}.`,
      EventNarrative: narrative,
    });
  }

  /** The damage was looked at again: it is always another figure. */
  #correction(storm: Storm): Storm {
    const random = this.#random;
    const surveyed = dollars(random, Math.max(storm.DamageProperty, 5000));
    return this.#summarized({
      ...storm,
      DamageProperty: surveyed === storm.DamageProperty ? surveyed + 500 : surveyed,
      InjuriesDirect: storm.InjuriesDirect + (random() < 0.1 ? 1 : 0),
      Source: 'NWS Storm Survey',
      EventNarrative: `${storm.EventNarrative.replace(/ \(Corrected.*/, '')} (Corrected after a survey.)`,
    });
  }

  #summarized(storm: Omit<Storm, 'StormSummary'>): Storm {
    return {
      ...storm,
      StormSummary: {
        TotalDamages: storm.DamageProperty + storm.DamageCrops,
        StartTime: storm.StartTime,
        EndTime: storm.EndTime,
        Details: { Description: storm.EventNarrative, Location: storm.State },
      },
    };
  }
}

/** Lines of CSV (RFC 4180) in the order of {@link stormColumns}, each ended by `\n`; no header. */
export function stormsToCsv(storms: Iterable<Storm>): string {
  let csv = '';
  for (const storm of storms) csv += `${stormColumns.map(([name]) => csvField(storm[name])).join(',')}\n`;
  return csv;
}

function csvField(value: Storm[StormColumn]): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Mostly near `usual`, now and then ten times as much; two significant digits. */
function dollars(random: Random, usual: number): number {
  return rounded(usual * 10 ** (random() * 1.6 - 0.9 + (random() < 0.05 ? 1 : 0)));
}

function rounded(amount: number): number {
  if (amount < 1) return 0;
  const step = 10 ** Math.max(0, Math.floor(Math.log10(amount)) - 1);
  return Math.round(amount / step) * step;
}

function nearby(random: Random, lat: number, lon: number, degrees: number): [number, number] {
  const shift = () => (random() * 2 - 1) * degrees;
  return [Number((lat + shift()).toFixed(4)), Number((lon + shift()).toFixed(4))];
}

function choose(random: Random, values: readonly string[]): string {
  return values[between(random, 0, values.length - 1)] ?? '';
}

/** To the second, as the sample table has them. */
function iso(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
