import type { ChangeBatch } from '@drasi-kusto/source-sdk';
import type { EntityConfig } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';
import { publishDeletes } from '../key-index/entity-index.ts';
import type { KeyPlace } from '../key-index/key-entry.ts';
import { keyColumns } from '../query/key-columns.ts';
import { keysPerQuery, keysPredicate } from '../query/key-literals.ts';
import { askInParts } from './ask-in-parts.ts';
import { currentEpoch } from './fit-index.ts';
import { readKeyed } from './read-part.ts';
import { keyOfElement, type IndexSource } from './scan-source.ts';

/** In one batch: about a megabyte on the wire. */
const deletesABatch = 5_000;

/** How many keys a scan may delete where DELETE_LIMIT is not set (rule R19). */
const leastDefaultLimit = 100;

/** The keys of the index that no row of a scan had: candidates for deletes, held until all of the scan has been read. */
export class VanishedKeys {
  readonly #config: EntityConfig;
  readonly #held: number;
  readonly #limit: number;
  readonly #agedOut: boolean;
  readonly #reconfigured: boolean;
  readonly #places: KeyPlace[] = [];
  #count = 0;

  /**
   * @param held how many keys the index held before the scan
   * @param agedOut rows may be missing in the scan only because of their age (BOOTSTRAP_WINDOW): the limit then speaks of
   *   the keys that are gone for sure
   * @param reconfigured another configuration published the keys than the one that the scan is of
   */
  constructor(
    config: EntityConfig,
    held: number,
    {
      agedOut,
      reconfigured = false,
    }: { readonly agedOut: boolean; readonly reconfigured?: boolean | undefined },
  ) {
    this.#config = config;
    this.#held = held;
    this.#limit = config.deleteLimit ?? Math.max(leastDefaultLimit, Math.floor(held / 2));
    this.#agedOut = agedOut;
    this.#reconfigured = reconfigured;
  }

  get count(): number {
    return this.#count;
  }

  add(place: KeyPlace): void {
    this.#count += 1;
    // Beyond the limit there will be no delete: what is left is to be counted.
    if (this.#agedOut || this.#count <= this.#limit) this.#places.push(place);
  }

  /**
   * What is to be asked again, before anything is deleted.
   * @throws KustoSourceError MASS_DELETE
   */
  candidates(): readonly KeyPlace[] {
    if (!this.#agedOut) this.check(this.#count);
    return this.#places;
  }

  /** @throws KustoSourceError MASS_DELETE when so many deletes need the word of a person */
  check(deletes: number): void {
    if (deletes <= this.#limit) return;
    const { label, deleteLimit } = this.#config;
    const limit = deleteLimit === undefined ? 'half of them, at least 100' : `DELETE_LIMIT, ${deleteLimit}`;
    const look = this.#reconfigured
      ? `The configuration of ${label} is not the one that published them: look first whether its table, query or key was meant to change so, and else restore it. Then look`
      : 'Look';
    throw new KustoSourceError(
      'MASS_DELETE',
      `${deletes} of the ${this.#held} keys of ${label} are in no row any more, and a scan deletes ${this.#limit} at most (${limit}): nothing was deleted. ${look} whether the Source's identity still sees all rows (permissions, row-level security), and whether they were meant to go (retention, .set-or-replace, another query). To allow it once, start the Source with DELETE_LIMIT set to ${deletes} or more, and set it back after the scan`,
    );
  }
}

export interface VanishedEnd {
  readonly deleted: number;
  /** Keys that no row of the scan had and that are there all the same; the next scan sees to them. */
  readonly present: number;
}

/**
 * Asks for the vanished keys once more, by key and without a bound, and publishes deletes of those that are gone (rule R18). Called
 * between two windows, when all queries of the scan have ended well.
 * @throws KustoSourceError MASS_DELETE
 */
export async function* publishVanished(
  source: IndexSource,
  vanished: VanishedKeys,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, VanishedEnd, void> {
  const { config, index, clock, logger } = source;
  const places = vanished.candidates();
  if (places.length === 0) return { deleted: 0, present: 0 };
  const gone: KeyPlace[] = [];
  for (const part of chunks(places, keysPerQuery)) {
    const present = await presentIds(source, part, signal);
    for (const place of part) if (!present.has(place.id)) gone.push(place);
  }
  vanished.check(gone.length);
  if (gone.length > 0 && (await currentEpoch(source, signal)) !== index.keys.epoch)
    // Not final: the next scan begins the new epoch.
    throw new Error(
      'row-level security changed while a scan was under way: it is done again, without its deletes',
    );
  const end = { deleted: gone.length, present: places.length - gone.length };
  if (end.deleted > 0) logger.info('keys are gone, and are deleted', { label: config.label, ...end });
  for (const part of chunks(gone, deletesABatch))
    yield* publishDeletes(index, config, part, BigInt(clock.now()) * 1_000_000n);
  return end;
}

async function presentIds(
  source: IndexSource,
  places: readonly KeyPlace[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const present = new Set<string>();
  const ask = async (part: readonly KeyPlace[]): Promise<void> => {
    for (const id of await askPresent(source, part, signal)) present.add(id);
  };
  await askInParts(places, ask, source.logger);
  return present;
}

async function askPresent(
  source: IndexSource,
  places: readonly KeyPlace[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const { reader, config } = source;
  const present = new Set<string>();
  const keys = places.flatMap(({ id }) => {
    const key = keyOfElement(config, id);
    return key === undefined ? [] : [key];
  });
  if (keys.length === 0) return present;
  const slice = keysPredicate(keys, keyColumns(config, await reader.columns(signal)));
  for await (const { entries } of readKeyed(source, { whole: true }, { signal, slice }))
    for (const { id } of entries) present.add(id);
  return present;
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size);
}
