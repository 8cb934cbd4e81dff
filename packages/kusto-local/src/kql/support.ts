/** What this endpoint executes, read off the tables that the compiler itself uses: the support matrix is made of these. */
import { operatorDefinitions } from './parser/operators/convert-operator.ts';
import { aggregates } from './sql/aggregates/registry.ts';
import { functions } from './sql/functions/registry.ts';

function sorted(names: Iterable<string>): readonly string[] {
  return [...new Set(names)].sort();
}

/** Tabular operators and sources of rows. */
export const supportedOperators: readonly string[] = sorted([
  ...Object.values(operatorDefinitions).flatMap((definition) => definition.names),
  'datatable',
  'facet',
  'fork',
  'print',
  'range',
  'table()',
]);

export const supportedFunctions: readonly string[] = sorted(functions.keys());

export const supportedAggregates: readonly string[] = sorted(aggregates.keys());
