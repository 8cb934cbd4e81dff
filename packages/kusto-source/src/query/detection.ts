import type { EntityConfig } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';
import { queryShape } from './query-shape.ts';

/** How the changes of a source are found. */
export interface DetectionChoice {
  readonly detection: 'append';
  readonly chosenBy: 'auto' | 'CHANGE_DETECTION';
  /** Why, and what it does not see: clauses of one sentence. */
  readonly reasons: readonly string[];
}

/** What is known of the keys: whether one occurs in several rows. */
export type KeyKnowledge = 'unique' | 'repeated' | 'unknown';

/**
 * The detection of a source by the shape of its query and by its keys. Every query that this version accepts makes at most one row
 * of one row (rule R15), which is what append detection needs.
 */
export function chooseDetection(config: EntityConfig, keys: KeyKnowledge = 'unknown'): DetectionChoice {
  const { changeDetection, query, table } = config;
  if (query.notRowLocal !== undefined) throw new KustoSourceError('QUERY', query.notRowLocal);
  if (changeDetection === 'latest' || changeDetection === 'reconcile')
    throw new KustoSourceError(
      'CONFIGURATION',
      `CHANGE_DETECTION: ${changeDetection} is not available in this version`,
    );
  const { operators, filters } = queryShape(query);
  const shape =
    operators.length === 0
      ? `KUSTO_QUERY is the whole table ${table}`
      : `KUSTO_QUERY takes ${table} row by row (${[...new Set(operators)].join(', ')})`;
  return {
    detection: 'append',
    chosenBy: changeDetection === 'auto' ? 'auto' : 'CHANGE_DETECTION',
    reasons: [
      `${shape}, so that new rows of the table are its changes`,
      whatKeysMean[keys],
      filters
        ? 'a row that leaves the filter or the table stays in Drasi'
        : 'a row that leaves the table stays in Drasi',
    ],
  };
}

const whatKeysMean: Readonly<Record<KeyKnowledge, string>> = {
  unique: 'no key occurs twice now, and one that comes again replaces its node',
  repeated: 'keys repeat, and the newest row of a key is its node',
  unknown: 'a key that comes again replaces its node',
};

/** The choice as one sentence, for the log and for people. */
export function explainDetection({ detection, chosenBy, reasons }: DetectionChoice): string {
  return `change detection is ${detection}, chosen by ${chosenBy}: ${reasons.join('; ')}`;
}
