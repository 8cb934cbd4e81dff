import { quoteIdentifier, type KustoColumn } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { helperColumns } from './window-query.ts';

const ingested = quoteIdentifier(helperColumns.ingested);
const tie = quoteIdentifier(helperColumns.tie);

/** Dates the rows, as long as they are rows of a table: behind a fold or a join nobody knows. */
export const ingestedOperator = `| extend ${ingested} = ingestion_time()`;

/**
 * Operators that leave one row a key: the newest by VERSION_COLUMN where it is set, then by ingestion time, and among equals
 * (one ingestion may bring a key twice) the one with the greatest hash over `columns`. The order is total, and a null is
 * older than everything (rule R10).
 * @param counted a bool column; then the column `__drasi_was` says whether it is true in any row of the key
 * @param narrowing operators before the fold: what is left out there is neither folded nor held by the service. They keep the
 *   columns of the key and of the order ({@link orderColumns}).
 */
export function foldOperators(
  { primaryKey, versionColumn }: Pick<EntityConfig, 'primaryKey' | 'versionColumn'>,
  columns: readonly KustoColumn[],
  counted?: string,
  narrowing: readonly string[] = [],
): readonly string[] {
  const key = primaryKey.map(quoteIdentifier);
  const order = orderColumns({ versionColumn });
  // From the last of the order to the first: each step takes the newest of the rows that agree in what comes before.
  const steps = order.toReversed().map((column, step) => {
    const counting = counted === undefined ? '' : `, ${count(step)} = ${summed(counted, step)}`;
    const by = [...key, ...order.slice(0, order.length - 1 - step)];
    return `| summarize arg_max(${column}, *)${counting} by ${by.join(', ')}`;
  });
  const was =
    counted === undefined
      ? []
      : [`| extend ${quoteIdentifier(helperColumns.was)} = ${count(order.length - 1)} > 0`];
  return [`| extend ${tie} = ${rowHash(columns)}`, ...narrowing, ...steps, `| project-away ${tie}`, ...was];
}

/** The columns by which the newest row of a key is told, as KQL. */
export function orderColumns({ versionColumn }: Pick<EntityConfig, 'versionColumn'>): readonly string[] {
  return [...(versionColumn === undefined ? [] : [quoteIdentifier(versionColumn)]), ingested, tie];
}

const count = (step: number): string => `__drasi_count${step}`;
const summed = (counted: string, step: number): string =>
  step === 0 ? `countif(${counted})` : `sum(${count(step - 1)})`;

/** KQL for one hash over all columns. `hash_many` takes no dynamic values and at most 64 arguments. */
function rowHash(columns: readonly KustoColumn[]): string {
  const most = 60;
  let terms = columns.map(({ name, type }) =>
    type === 'dynamic' ? `tostring(${quoteIdentifier(name)})` : quoteIdentifier(name),
  );
  while (terms.length > most) {
    const groups = Array.from({ length: Math.ceil(terms.length / most) }, (_, group) =>
      terms.slice(group * most, (group + 1) * most),
    );
    terms = groups.map(hashOf);
  }
  return hashOf(terms);
}

const hashOf = (terms: readonly string[]): string =>
  terms.length === 1 ? `hash(${terms.join('')})` : `hash_many(${terms.join(', ')})`;
