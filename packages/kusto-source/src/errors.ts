/**
 * Errors of the Source. Each code's comment is its documentation for users.
 */
export type KustoSourceErrorCode =
  /** The configuration is wrong: a property is missing, unknown or malformed. Nothing was touched. Exit code 2. */
  | 'CONFIGURATION'
  /** KUSTO_QUERY cannot be used: see the message for the place and the reason. Exit code 2. */
  | 'QUERY'
  /**
   * There is no such table, the service refuses the query, or its result does not fit the configuration: a key column is missing, or has a
   * type that cannot be a key; or columns changed and SCHEMA_CHANGE is fail. The message names the place. Exit code 2.
   */
  | 'SCHEMA'
  /** A part of the table is beyond the service's limits however small it is cut. Project fewer columns in KUSTO_QUERY. Exit code 1. */
  | 'SLICE'
  /**
   * The stored checkpoint cannot be read by this version, or is that of another configuration, whose elements cannot be taken back. Restore the
   * configuration, or delete the Source with its queries and create them again. Exit code 1.
   */
  | 'CHECKPOINT'
  /**
   * Rows may be missing between the checkpoint and now: the table or the database was made again, the ingestion-time policy was
   * off, or the service no longer takes the cursor. The message says which, and what ON_GAP can do. Exit code 1.
   */
  | 'GAP'
  /**
   * Two rows of the query's result have one key, so that one element has two states. Name more columns as the key, or let the query
   * return one row a key. Exit code 1.
   */
  | 'KEY_NOT_UNIQUE'
  /**
   * A scan would delete more keys than DELETE_LIMIT allows (default half of the live keys, at least 100), which is what a lost
   * permission looks like. Nothing was deleted; the message says the numbers, what to look at, and how to allow it once. Exit code 1.
   */
  | 'MASS_DELETE'
  /**
   * The table has row-level security, under which rows that are not seen would be deleted in Drasi, and ROW_LEVEL_SECURITY is not
   * `allow`. Exit code 1.
   */
  | 'ROW_LEVEL_SECURITY'
  /**
   * With VERSION_COLUMN a window would have to look for its keys in more rows than is sensible. Leave VERSION_COLUMN out, so that the order of
   * ingestion decides, or query a materialized view with CHANGE_DETECTION reconcile. Exit code 1.
   */
  | 'HISTORY'
  /** The quick start could not be run here. Exit code 1. */
  | 'QUICKSTART';

export class KustoSourceError extends Error {
  override readonly name = 'KustoSourceError';
  readonly code: KustoSourceErrorCode;

  constructor(code: KustoSourceErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
