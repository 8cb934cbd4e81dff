import type { Logger } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';
import type { RowShape, RowShaper } from '../query/read-rows.ts';
import { usedColumns } from '../query/hashed-columns.ts';
import { helperNames } from '../query/window-query.ts';

export interface SchemaColumn {
  readonly name: string;
  /** A scalar type by Kusto's name. */
  readonly type: string;
}

/** What the feed remembers of the columns, in its checkpoint. */
export interface KnownSchema {
  /** The properties of the elements: with `follow` all columns as last seen, with `ignore` those of the first time that are there. */
  readonly columns: readonly SchemaColumn[];
  /** Properties that elements may still have and the query no longer returns. Every upsert sets them to null (rule R20). */
  readonly gone: readonly string[];
  /** Values went with a column: all elements have to be published once more. */
  readonly republish: boolean;
}

export interface ColumnChanges {
  readonly added: readonly SchemaColumn[];
  readonly dropped: readonly SchemaColumn[];
  readonly retyped: readonly { readonly name: string; readonly from: string; readonly to: string }[];
}

/**
 * What became of the columns; undefined when nothing did. Their order means nothing to an element. A renamed column is one dropped
 * and one added: the service does not tell more.
 */
export function columnChanges(
  before: readonly SchemaColumn[],
  now: readonly SchemaColumn[],
): ColumnChanges | undefined {
  const earlier = new Map(before.map(({ name, type }) => [name, type]));
  const names = new Set(now.map(({ name }) => name));
  const added = now.filter(({ name }) => !earlier.has(name));
  const dropped = before.filter(({ name }) => !names.has(name));
  const retyped = now.flatMap(({ name, type: to }) => {
    const from = earlier.get(name);
    return from === undefined || from === to ? [] : [{ name, from, to }];
  });
  return added.length + dropped.length + retyped.length === 0 ? undefined : { added, dropped, retyped };
}

/**
 * Takes in the columns of every answer and says how its rows become elements, as SCHEMA_CHANGE wants it. An upsert merges
 * into the element that Drasi has: a property that is merely left out would keep its last value for ever (rule R20).
 */
export class SchemaDrift implements RowShaper {
  readonly #config: EntityConfig;
  readonly #logger: Logger;
  #known: KnownSchema | undefined;
  #lastLogged = '';

  constructor(config: EntityConfig, logger: Logger, known: KnownSchema | undefined) {
    this.#config = config;
    this.#logger = logger;
    this.#known = known;
  }

  /** For the checkpoint. Undefined before the first answer. */
  get known(): KnownSchema | undefined {
    return this.#known;
  }

  get mustRepublish(): boolean {
    return this.#known?.republish === true;
  }

  /** All elements are about to be published. A change that is seen meanwhile asks for it again. */
  republishing(): void {
    if (this.#known !== undefined) this.#known = { ...this.#known, republish: false };
  }

  /** @throws KustoSourceError SCHEMA when a key column is lost, or any column changed and SCHEMA_CHANGE is `fail` */
  shape(answered: readonly SchemaColumn[]): RowShape {
    const own = answered.filter(({ name }) => !helperNames.has(name));
    // Of a column that no element knows nothing has to be followed, and nothing can fail.
    const columns = usedColumns(this.#config, own).map(({ name, type }) => ({ name, type }));
    const known = (this.#known ??= { columns, gone: [], republish: false });
    const changes = columnChanges(known.columns, columns);
    if (changes === undefined) return { omit: [], nulls: known.gone };
    this.#checkKey(changes);
    if (this.#config.schemaChange === 'fail') throw this.#failure(changes);
    const kept = this.#config.schemaChange === 'follow' ? columns : columnsOf(known, columns);
    const keptNames = new Set(kept.map(({ name }) => name));
    const gone = new Set([...known.gone, ...changes.dropped.map(({ name }) => name)]);
    for (const name of keptNames) gone.delete(name);
    // The values of a dropped column are gone from old rows too, and those of a retyped one are null (".alter column").
    const republish = known.republish || changes.dropped.length > 0 || changes.retyped.length > 0;
    this.#known = { columns: kept, gone: [...gone], republish };
    this.#log(changes);
    const omit = columns.filter(({ name }) => !keptNames.has(name)).map(({ name }) => name);
    return { omit, nulls: this.#known.gone };
  }

  omitted(columns: readonly SchemaColumn[]): readonly string[] {
    const known = this.#known;
    if (known === undefined || this.#config.schemaChange !== 'ignore') return [];
    const kept = columnsOf(known, columns);
    return columns.filter((column) => !kept.includes(column)).map(({ name }) => name);
  }

  #checkKey({ dropped, retyped }: ColumnChanges): void {
    const { primaryKey, ends, place } = this.#config;
    const ids = new Set([...primaryKey, ...(ends?.start.key ?? []), ...(ends?.end.key ?? [])]);
    const property = place ?? 'PRIMARY_KEY';
    const lost = dropped.find(({ name }) => ids.has(name));
    if (lost !== undefined)
      throw new KustoSourceError(
        'SCHEMA',
        `${property}: the key column ${JSON.stringify(lost.name)} is no longer in the result of the query, so its rows have no id. Bring the column back; a Source with another key has to be created anew`,
      );
    const changed = retyped.find(({ name }) => ids.has(name));
    if (changed === undefined) return;
    throw new KustoSourceError(
      'SCHEMA',
      `${property}: the key column ${JSON.stringify(changed.name)} was ${changed.from} and is ${changed.to}: the ids of its rows would change. Bring the type back in the table, or delete the Source with its queries and create them again`,
    );
  }

  #failure(changes: ColumnChanges): KustoSourceError {
    return new KustoSourceError(
      'SCHEMA',
      `the columns of the query changed, and SCHEMA_CHANGE is fail: ${describe(changes)}. Bring them back, or set SCHEMA_CHANGE to follow (properties follow the columns) or ignore (properties stay)`,
    );
  }

  #log(changes: ColumnChanges): void {
    const text = describe(changes);
    // With `ignore`, an added column is added in every answer.
    if (text === this.#lastLogged) return;
    this.#lastLogged = text;
    this.#logger.warn(`the columns of the query changed: ${text}`, {
      schemaChange: this.#config.schemaChange,
    });
  }
}

/** Exactly the properties of the feed's elements: for bootstraps, which send nothing that the feed would not. */
export function frozenShape(known: KnownSchema): RowShaper {
  const properties = [...known.columns.map(({ name }) => name), ...known.gone];
  const omitted = (columns: readonly SchemaColumn[]): readonly string[] =>
    columns.map(({ name }) => name).filter((name) => !properties.includes(name) && !helperNames.has(name));
  return {
    omitted,
    shape: (columns) => {
      const names = new Set(columns.map(({ name }) => name));
      return { omit: omitted(columns), nulls: properties.filter((name) => !names.has(name)) };
    },
  };
}

function columnsOf(known: KnownSchema, columns: readonly SchemaColumn[]): readonly SchemaColumn[] {
  const names = new Set([...known.columns.map(({ name }) => name), ...known.gone]);
  return columns.filter(({ name }) => names.has(name));
}

function describe({ added, dropped, retyped }: ColumnChanges): string {
  const parts = [
    listed(
      'added',
      added.map(({ name, type }) => `${name}:${type}`),
    ),
    listed(
      'dropped',
      dropped.map(({ name, type }) => `${name}:${type}`),
    ),
    listed(
      'retyped',
      retyped.map(({ name, from, to }) => `${name} from ${from} to ${to}`),
    ),
  ];
  return parts.filter((part) => part !== '').join('; ');
}

const mostListed = 20;

function listed(what: string, columns: readonly string[]): string {
  if (columns.length === 0) return '';
  const more = columns.length > mostListed ? ` and ${columns.length - mostListed} more` : '';
  return `${what} ${columns.slice(0, mostListed).join(', ')}${more}`;
}
