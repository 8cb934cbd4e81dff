/** What a database takes from the endpoint it belongs to. */
export interface DatabaseEnvironment {
  /** DuckDB's `memory_limit`, for example `1GB`. */
  readonly memoryLimit: string;
  /** Statements run once on a database when it is opened: the compiler's macros. */
  readonly sqlPrelude: readonly string[];
  readonly maximumQueries: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly uuid: () => string;
  /** A number never given before: the version of a schema. */
  readonly nextVersion: () => number;
  /** How long new rows have no cursor value, in milliseconds. Default 0. */
  readonly cursorLagMs?: () => number;
}
