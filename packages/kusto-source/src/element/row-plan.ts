import type { KustoColumn } from '@drasi-kusto/kusto-client';
import { didYouMean } from '../config/nearest.ts';
import { KustoSourceError } from '../errors.ts';
import { idComponent } from './element-id.ts';
import { appendText } from './json-string.ts';
import { OutputBuffer } from './output-buffer.ts';

export interface RowPlanOptions {
  /** The one label of every element. */
  readonly label: string;
  /** Key columns in the order of the id's components. */
  readonly key: readonly string[];
  /** The columns of the response whose rows are to be encoded. */
  readonly columns: readonly KustoColumn[];
  /** Helper columns, which are no properties; those the response does not have are ignored. */
  readonly omit: readonly string[];
  /** Properties that no column has and that are null in every element; those that a column has are ignored. */
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
  /** `{"id":"<label>:` */
  readonly head: Buffer;
  /** `","labels":["<label>"],"properties":{`, and the properties that are null in every element */
  readonly afterId: Buffer;
  readonly keys: readonly PlannedCell[];
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
  return {
    columns,
    head: asciiBytes('{"id":"', idComponent(label), ':'),
    afterId: Buffer.concat([asciiBytes('","labels":["', label, '"],"properties":{'), ...nulls]),
    keys: keyCells(options),
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
        `the result has two columns named ${JSON.stringify(name)}: rename one in KUSTO_QUERY, for example with project-rename`,
      );
    }
    seen.add(name);
  }
}

function keyCells({ key, columns, omit }: RowPlanOptions): readonly PlannedCell[] {
  if (key.length === 0)
    throw new KustoSourceError('SCHEMA', 'there is no key column: elements need one to have an id');
  return key.map((name) => {
    const { ordinal, column } = findColumn(columns, name, 'PRIMARY_KEY: the key column', omit);
    if (column.type === 'dynamic') {
      throw new KustoSourceError(
        'SCHEMA',
        `PRIMARY_KEY: the key column ${JSON.stringify(name)} is dynamic, whose text is not the same each time: make it a string in KUSTO_QUERY, for example with extend and tostring()`,
      );
    }
    return { ordinal, column, prefix: NOTHING };
  });
}

function nullProperties({ columns, omit, nulls = [] }: RowPlanOptions): readonly Buffer[] {
  const taken = new Set(columns.map(({ name }) => name).filter((name) => !omit.includes(name)));
  const names = [...new Set(nulls)].filter((name) => !taken.has(name));
  return names.map((name, index) => asciiBytes(index === 0 ? '"' : ',"', name, '":null'));
}

function propertyCells({ columns, omit }: RowPlanOptions, follows: boolean): readonly PlannedCell[] {
  const omitted = new Set(omit);
  const cells: PlannedCell[] = [];
  for (const [ordinal, column] of columns.entries()) {
    if (omitted.has(column.name)) continue;
    const prefix = asciiBytes(cells.length === 0 && !follows ? '"' : ',"', column.name, '":');
    cells.push({ ordinal, column, prefix });
  }
  return cells;
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
