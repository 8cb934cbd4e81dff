import type { KustoColumn } from '@drasi-kusto/kusto-client';
import type { ElementProperty, EntityConfig } from '../config/entity-config.ts';
import { didYouMean } from '../config/nearest.ts';
import { KustoSourceError } from '../errors.ts';
import { idComponent, relationPrefix } from './element-id.ts';
import { appendText } from './json-string.ts';
import { OutputBuffer } from './output-buffer.ts';

export interface RowPlanOptions {
  /** The one label of every element. */
  readonly label: string;
  /** Key columns in the order of the id's components. */
  readonly key: readonly string[];
  /** Of a relation; without them the elements are nodes. */
  readonly ends?: EntityConfig['ends'];
  /** Columns that are properties, and their names; undefined: all columns that are not omitted. */
  readonly properties?: readonly ElementProperty[] | undefined;
  /** Where in the configuration key, ends and properties are named; undefined: PRIMARY_KEY. */
  readonly place?: string | undefined;
  /** The columns of the response whose rows are to be encoded. */
  readonly columns: readonly KustoColumn[];
  /** Helper columns, which are no properties; those the response does not have are ignored. */
  readonly omit: readonly string[];
  /** Columns that are gone, whose properties are null in every element; those that are there are ignored. */
  readonly nulls?: readonly string[];
  /** A datetime column that dates the changes. */
  readonly timestampColumn?: string;
}

export interface PlannedCell {
  readonly ordinal: number;
  readonly column: KustoColumn;
  /** What is written before the cell: for a property `"name":`, with a comma before it unless it is the first. */
  readonly prefix: Buffer;
}

/** How the rows of one result become elements. */
export interface RowPlan {
  readonly columns: readonly KustoColumn[];
  /** `{"id":"<label>:`, of a relation `{"id":"rel:<label>:` */
  readonly head: Buffer;
  /** `","labels":["<label>"],"properties":{`, and the properties that are null in every element; of a relation up to `"startId":"<label>:`. */
  readonly afterId: Buffer;
  readonly keys: readonly PlannedCell[];
  /** The cells of both ends; their prefixes are all that stands between them. None for nodes. */
  readonly ends: readonly PlannedCell[];
  /** Of a relation, `","properties":{` and the properties that are null in every element. */
  readonly afterEnds: Buffer;
  readonly properties: readonly PlannedCell[];
  /** The ordinal of the timestamp column. */
  readonly timestamp: number | undefined;
}

const MAX_LISTED_COLUMNS = 20;
const NOTHING = Buffer.alloc(0);

/**
 * @throws KustoSourceError SCHEMA when a key or timestamp column is missing or of a type that cannot serve, or two
 *   columns have one name
 */
export function planRows(options: RowPlanOptions): RowPlan {
  const { label, columns } = options;
  refuseDuplicates(columns);
  const nulls = nullProperties(options);
  const { ends } = options;
  const properties = Buffer.concat([Buffer.from('"properties":{', 'latin1'), ...nulls]);
  return {
    columns,
    head: asciiBytes(`{"id":"${ends === undefined ? '' : relationPrefix}`, idComponent(label), ':'),
    afterId: Buffer.concat([
      asciiBytes('","labels":["', label, '"],'),
      ends === undefined ? properties : asciiBytes('"startId":"', idComponent(ends.start.label), ':'),
    ]),
    keys: keyCells(options),
    ends: ends === undefined ? [] : endCells(options, ends),
    afterEnds: ends === undefined ? NOTHING : Buffer.concat([Buffer.from('",', 'latin1'), properties]),
    properties: propertyCells(options, nulls.length > 0),
    timestamp: timestampOrdinal(options),
  };
}

/**
 * A column that came or went between two answers must not shift every value into its neighbour's name.
 * @throws KustoSourceError SCHEMA
 */
export function checkColumns(plan: RowPlan, columns: readonly KustoColumn[]): void {
  const isSame =
    columns.length === plan.columns.length &&
    plan.columns.every(({ name, type }, i) => columns[i]?.name === name && columns[i]?.type === type);
  if (isSame) return;
  throw new KustoSourceError(
    'SCHEMA',
    `the columns of the result changed: they were ${listed(plan.columns, describe)}, and are ${listed(columns, describe)}`,
  );
}

function refuseDuplicates(columns: readonly KustoColumn[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) {
      throw new KustoSourceError(
        'SCHEMA',
        `the result has two columns named ${JSON.stringify(name)}: rename one in the query, for example with project-rename`,
      );
    }
    seen.add(name);
  }
}

function keyCells({ key, columns, omit, place }: RowPlanOptions): readonly PlannedCell[] {
  if (key.length === 0)
    throw new KustoSourceError('SCHEMA', 'there is no key column: elements need one to have an id');
  const named = place === undefined ? 'PRIMARY_KEY' : `${place}.key`;
  return key.map((name) => idCell(columns, omit, named, name, NOTHING));
}

/** Ids of ends are made as those of the nodes are, so that a relation meets its nodes. */
function endCells(
  { columns, omit, place = 'the relation' }: RowPlanOptions,
  { start, end }: NonNullable<EntityConfig['ends']>,
): readonly PlannedCell[] {
  const comma = Buffer.from(',', 'latin1');
  const toEnd = asciiBytes('","endId":"', idComponent(end.label), ':');
  return [
    ...start.key.map((name, at) =>
      idCell(columns, omit, `${place}.start.key`, name, at === 0 ? NOTHING : comma),
    ),
    ...end.key.map((name, at) => idCell(columns, omit, `${place}.end.key`, name, at === 0 ? toEnd : comma)),
  ];
}

function idCell(
  columns: readonly KustoColumn[],
  omit: readonly string[],
  place: string,
  name: string,
  prefix: Buffer,
): PlannedCell {
  const { ordinal, column } = findColumn(columns, name, `${place}: the key column`, omit);
  if (column.type === 'dynamic') {
    throw new KustoSourceError(
      'SCHEMA',
      `${place}: the key column ${JSON.stringify(name)} is dynamic, whose text is not the same each time: make it a string in the query, for example with extend and tostring()`,
    );
  }
  return { ordinal, column, prefix };
}

function nullProperties({ columns, omit, properties, nulls = [] }: RowPlanOptions): readonly Buffer[] {
  const taken = new Set(columns.map(({ name }) => name).filter((name) => !omit.includes(name)));
  const gone = new Set(nulls.filter((name) => !taken.has(name)));
  const names =
    properties === undefined
      ? [...gone]
      : properties.filter(({ column }) => gone.has(column)).map(({ name }) => name);
  return names.map((name, index) => asciiBytes(index === 0 ? '"' : ',"', name, '":null'));
}

function propertyCells(options: RowPlanOptions, follows: boolean): readonly PlannedCell[] {
  return propertyColumns(options).map(({ name, ordinal, column }, index) => ({
    ordinal,
    column,
    prefix: asciiBytes(index === 0 && !follows ? '"' : ',"', name, '":'),
  }));
}

function propertyColumns({
  columns,
  omit,
  properties,
  nulls = [],
  place = 'properties',
}: RowPlanOptions): readonly {
  readonly name: string;
  readonly ordinal: number;
  readonly column: KustoColumn;
}[] {
  if (properties === undefined)
    return [...columns.entries()]
      .filter(([, { name }]) => !omit.includes(name))
      .map(([ordinal, column]) => ({ name: column.name, ordinal, column }));
  const here = properties.filter(
    ({ column }) => !nulls.includes(column) || columns.some(({ name }) => name === column),
  );
  return here.map(({ name, column }) => ({
    name,
    ...findColumn(columns, column, `${place}.properties: the column`, omit),
  }));
}

function timestampOrdinal({ columns, timestampColumn }: RowPlanOptions): number | undefined {
  if (timestampColumn === undefined) return undefined;
  const { ordinal, column } = findColumn(columns, timestampColumn, 'the timestamp column');
  if (column.type !== 'datetime') {
    const name = JSON.stringify(timestampColumn);
    throw new KustoSourceError(
      'SCHEMA',
      `the timestamp column ${name} is of type ${column.type}, not datetime`,
    );
  }
  return ordinal;
}

function findColumn(
  columns: readonly KustoColumn[],
  name: string,
  role: string,
  hidden: readonly string[] = [],
): { readonly ordinal: number; readonly column: KustoColumn } {
  const ordinal = columns.findIndex((column) => column.name === name);
  const column = columns[ordinal];
  if (column !== undefined) return { ordinal, column };
  const shown = columns.filter((each) => !hidden.includes(each.name));
  const names = shown.map((each) => each.name);
  throw new KustoSourceError(
    'SCHEMA',
    `${role} ${JSON.stringify(name)} is not in the result, which has ${listed(shown, nameOf)} (names are case-sensitive)${didYouMean(name, names)}`,
  );
}

function listed(columns: readonly KustoColumn[], text: (column: KustoColumn) => string): string {
  if (columns.length === 0) return 'no columns';
  const shown = columns.slice(0, MAX_LISTED_COLUMNS).map(text).join(', ');
  return columns.length > MAX_LISTED_COLUMNS
    ? `${shown} and ${columns.length - MAX_LISTED_COLUMNS} more`
    : shown;
}

function nameOf({ name }: KustoColumn): string {
  return name;
}

function describe({ name, type }: KustoColumn): string {
  return `${name}:${type}`;
}

/** `text` inside a JSON string, between two pieces of JSON that are ASCII already. */
function asciiBytes(before: string, text: string, after: string): Buffer {
  const out = new OutputBuffer(256);
  out.appendAll(Buffer.from(before, 'latin1'));
  appendText(text, out);
  out.appendAll(Buffer.from(after, 'latin1'));
  return out.take();
}
