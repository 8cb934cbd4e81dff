import { KustoError, quoteIdentifier, type KustoColumn } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { didYouMean } from '../config/nearest.ts';
import { termsOf } from '../config/terms.ts';
import { KustoSourceError } from '../errors.ts';
import { beforeOperators } from './latest-query.ts';

/** Asks the service, and gives the columns of the answer. */
export type AskColumns = (text: string) => Promise<{ readonly columns: readonly KustoColumn[] }>;

const asked = quoteIdentifier('__drasi_deleted');

/**
 * Checks that DELETED_WHEN is a predicate over the table's columns: the service is asked for the type of the expression alone. A
 * string or number in its place would be converted to bool, and whatever converts to true would be deleted. Asks nothing where it is not set.
 * @throws KustoSourceError SCHEMA naming the property; KustoError for an answer that says nothing of the expression
 */
export async function checkDeletedWhen(
  config: Pick<EntityConfig, 'query' | 'deletedWhen' | 'place'>,
  ask: AskColumns,
): Promise<void> {
  const { deletedWhen } = config;
  if (deletedWhen === undefined) return;
  const property = termsOf(config).deletedWhen;
  const rows = beforeOperators(config.query.text);
  let columns: readonly KustoColumn[];
  try {
    ({ columns } = await ask(`${rows}\n| take 0\n| project ${asked} = (\n${deletedWhen}\n)`));
  } catch (error) {
    if (!(error instanceof KustoError) || error.code !== 'KUSTO_BAD_REQUEST') throw error;
    const meant = await columnMeant(error.message, () => ask(`${rows}\n| take 0`));
    const message = `${property}: the service refuses the expression: ${error.message}${meant}`;
    throw new KustoSourceError('SCHEMA', message, { cause: error });
  }
  const type = columns[0]?.type;
  if (type === 'bool') return;
  throw new KustoSourceError(
    'SCHEMA',
    `${property}: the expression is ${type ?? 'nothing'}, and has to be bool: write a predicate, such as IsDeleted == true`,
  );
}

/** The column nearest to the name that the service could not resolve; nothing where its words name none. */
async function columnMeant(words: string, ask: () => ReturnType<AskColumns>): Promise<string> {
  const name = /named '([^']+)'/.exec(words)?.[1];
  if (name === undefined) return '';
  // The refusal is what is told, whether this is answered or not.
  const columns = await ask().then(
    (answer) => answer.columns,
    () => [],
  );
  return didYouMean(
    name,
    columns.map((column) => column.name),
  );
}
