import { KustoError, quoteIdentifier, type Logger } from '@drasi-kusto/kusto-client';
import type { EntityConfig } from '../config/entity-config.ts';
import { KustoSourceError } from '../errors.ts';
import type { SourceReader } from '../query/source-reader.ts';

/** What is known of a table's row-level security, as text that changes with it. */
export type RowSecurity =
  | { readonly kind: 'off' }
  /** With the policy as the service shows it. */
  | { readonly kind: 'on'; readonly policy: string }
  /** The identity may not ask, or the name is of something without this policy. */
  | { readonly kind: 'unknown' };

/**
 * The row-level security of the entity's table, or materialized view. Kusto: `.show table policy row_level_security`.
 * @throws KustoError when it could not be asked for a reason that may pass
 */
export async function askRowSecurity(
  reader: SourceReader,
  { table, label }: EntityConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<RowSecurity> {
  let refusal: KustoError | undefined;
  for (const kind of ['table', 'materialized-view']) {
    try {
      const command = `.show ${kind} ${quoteIdentifier(table)} policy row_level_security`;
      const { columns, rows } = await reader.ask(command, signal);
      const policy = rows[0]?.[columns.findIndex(({ name }) => name === 'Policy')];
      return readPolicy(typeof policy === 'string' ? policy : '');
    } catch (error) {
      if (!(error instanceof KustoError) || !error.permanent || signal.aborted) throw error;
      refusal ??= error;
    }
  }
  logger.debug('whether the table has row-level security was not told', { label, reason: refusal?.message });
  return { kind: 'unknown' };
}

/** The policy as JSON text, `null` or empty where there is none. What is not understood counts as one that is on. */
function readPolicy(text: string): RowSecurity {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === 'null') return { kind: 'off' };
  try {
    const policy = JSON.parse(trimmed) as { readonly IsEnabled?: unknown } | null;
    if (policy?.IsEnabled === false) return { kind: 'off' };
  } catch {
    // Below.
  }
  return { kind: 'on', policy: trimmed };
}

/**
 * An entity that publishes deletes takes a row that it cannot see for a row that is gone (rule R19).
 * @throws KustoSourceError ROW_LEVEL_SECURITY when the table has it and the configuration does not allow it
 */
export async function checkRowSecurity(
  reader: SourceReader,
  config: EntityConfig,
  logger: Logger,
  signal: AbortSignal,
): Promise<RowSecurity> {
  const security = await askRowSecurity(reader, config, logger, signal);
  if (security.kind === 'on' && config.rowLevelSecurity === 'refuse')
    throw new KustoSourceError(
      'ROW_LEVEL_SECURITY',
      `the table ${config.table} has row-level security: rows that the Source's identity may not see would be deleted in Drasi. Give the identity a role that the policy exempts, and set ROW_LEVEL_SECURITY to allow`,
    );
  return security;
}
