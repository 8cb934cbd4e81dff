/**
 * What the halves of kusto-local share: the compiler (KQL text to DuckDB SQL, `kql/`) and the engine that runs it
 * (`engine/`, `commands/`, `http/`).
 *
 * How Kusto's values are held in DuckDB:
 *
 * | Kusto            | DuckDB          | note |
 * |------------------|-----------------|------|
 * | bool             | BOOLEAN         | |
 * | int, long        | INTEGER, BIGINT | |
 * | real             | DOUBLE          | NaN and infinities are values, null is NULL |
 * | decimal          | DECIMAL(38, 18) | overflow is an error |
 * | datetime         | BIGINT          | ticks of 100 ns since 0001-01-01 UTC |
 * | timespan         | BIGINT          | ticks of 100 ns |
 * | string           | VARCHAR         | never NULL: Kusto's string has no null |
 * | guid             | VARCHAR         | lower case, with hyphens |
 * | dynamic          | JSON            | null is NULL; otherwise JSON text |
 */
export type KustoType =
  | 'bool'
  | 'datetime'
  | 'decimal'
  | 'dynamic'
  | 'guid'
  | 'int'
  | 'long'
  | 'real'
  | 'string'
  | 'timespan';

export interface Column {
  readonly name: string;
  readonly type: KustoType;
}

export interface TableSchema {
  readonly name: string;
  readonly columns: readonly Column[];
  /** The DuckDB relation, quoted, ready for a FROM clause. It also has the {@link hiddenColumns}. */
  readonly relation: string;
}

/** Columns of every stored table that KQL cannot name (DuckDB types in comments). */
export const hiddenColumns = {
  /** BIGINT: the commit sequence, rising with every commit of the database; NULL: no cursor value (yet). */
  sequence: '$seq',
  /** BIGINT ticks, `ingestion_time()`; NULL when the table's IngestionTime policy was off at the ingestion. */
  ingestion: '$ingested',
  /** VARCHAR guid: `extent_id()`. */
  extent: '$extent',
} as const;

export interface DatabaseSchema {
  readonly name: string;
  /** Changes with every change of a schema; part of the compiler's cache key. */
  readonly version: number;
  readonly tables: readonly TableSchema[];
  readonly functions?: readonly FunctionSchema[];
  readonly views?: readonly ViewSchema[];
  /** Their relation has the columns c0, c1, …, and no hidden ones. */
  readonly storedResults?: readonly TableSchema[];
}

/** A stored function. */
export interface FunctionSchema {
  readonly name: string;
  /** `(name:type, …)`, with the brackets. */
  readonly parameters: string;
  /** With its braces. */
  readonly body: string;
}

/** A materialized view. */
export interface ViewSchema {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly query: string;
  /** The name of its source table. */
  readonly source: string;
  /** What stands for the source table in the query: the source's rows as far as the view was given them. */
  readonly relation: string;
}

export interface CompileRequest {
  /** A query: `let` and `declare query_parameters` statements, then tabular expressions. Never a control command. */
  readonly text: string;
  readonly database: DatabaseSchema;
  /** Values of query parameters, as the request's `properties.Parameters` has them. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** Undefined: all rows. */
  readonly view?: TableView;
  /** The text is the definition of an object of the database: it is checked, and compiled when it is a view's. */
  readonly checks?: DefinitionCheck;
  /** The query only says which records of a table are meant: its one result is the column `$row`, their DuckDB row ids. */
  readonly selection?: RecordSelection;
  /**
   * What was found out of the data for this text, by {@link Compilation.discovery}; [] at the start. Undefined: the caller cannot
   * find anything out, and a query whose columns depend on the data is refused.
   */
  readonly discovered?: readonly DiscoveredColumns[];
}

/**
 * A function: the text declares it with `let`, and it must not call itself, directly or through functions of the database. A
 * view: the text is its query, over `source`.
 */
export type DefinitionCheck =
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'view'; readonly source: string };

/** Which rows of the stored tables a query sees; the values are bound when it runs. */
export interface TableView {
  /** Rows ingested at `$snapshot` (BIGINT ticks) or before, with the cursor values given by then. */
  readonly snapshot: boolean;
  /** These tables have only rows with a cursor value after `$after` and up to `$upto` (BIGINT), as far as given. */
  readonly window?: { readonly tables: readonly string[]; readonly after: boolean; readonly upTo: boolean };
}

/** A predicate that selects records of a table, to be deleted. */
export interface RecordSelection {
  readonly table: string;
  /** What it may consist of: as the predicates of `.delete`, `.update` and `.purge` may. */
  readonly rule: 'delete' | 'purge' | 'update';
}

/** One tabular result. */
export interface CompiledResult {
  /**
   * One SELECT. May use the named parameters `$now` (BIGINT ticks: what `now()` is based on) and `$cursor` (VARCHAR:
   * what `cursor_current()` returns); {@link Compilation.usesNow} and usesCursor say which have to be bound.
   */
  readonly sql: string;
  /** By ordinal, as the SELECT's output; names may repeat. */
  readonly columns: readonly Column[];
}

/** Columns that a plugin of `evaluate` makes of the data: the rest of the query can be compiled once they are known. */
export interface Discovery {
  /** A place in the request's text: the end of the plugin's call. */
  readonly at: number;
  /** One SELECT of (name VARCHAR, type VARCHAR: a Kusto type) rows, in the order of the columns. Parameters as a result's. */
  readonly sql: string;
  /** The columns that stay. */
  readonly source: readonly Column[];
  /** What happens to a column that stays and has the name of one that is made. */
  readonly conflict: 'error' | 'keep_source' | 'replace_source';
}

export interface DiscoveredColumns {
  readonly discovery: Discovery;
  readonly columns: readonly Column[];
}

export type SetOptionValue = boolean | number | string;

export interface Compilation {
  readonly results: readonly CompiledResult[];
  /** To be run first, in the snapshot of the query; then the text is compiled again, with what it found. No results yet. */
  readonly discovery?: Discovery;
  readonly usesNow: boolean;
  /** `cursor_current()` is used: bind `$cursor`. */
  readonly usesCursor: boolean;
  /** `cursor_after` or `cursor_before_or_at` is used: the answer's @ExtendedProperties carry the current cursor. */
  readonly filtersByCursor: boolean;
  /** From `render`, for @ExtendedProperties; undefined without. */
  readonly visualization: string | undefined;
  /**
   * The `set` statements, as a request's `properties.Options` would have them: `set notruncation` is true, a datetime or
   * timespan is its text. They win over the request's own. Those that the service bars from `set` never get here.
   */
  readonly setOptions: Readonly<Record<string, SetOptionValue>>;
}

/** A place in the request's text, in characters. */
export interface TextSpan {
  readonly start: number;
  readonly length: number;
}
