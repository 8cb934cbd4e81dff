import { badRequest } from '../service-errors.ts';
import {
  isGiven,
  readCount,
  readDatetime,
  readFlag,
  readText,
  readTexts,
  readWord,
  type RawOptions,
} from './option-values.ts';
import { readLimits, type ResultLimits } from './truncation.ts';

/** The window of `query_cursor_scoped_tables`: rows after one cursor value and up to another. */
export interface CursorWindow {
  readonly tables: readonly string[];
  /** Undefined: from the first row. */
  readonly after: bigint | undefined;
  readonly upTo: bigint | undefined;
}

/** What the request properties mean to a query's execution (the service's page "Request properties"). */
export interface QueryOptions {
  readonly limits: ResultLimits;
  /** `query_take_max_records` */
  readonly takeRecords: number | undefined;
  /** Ticks: `query_now` */
  readonly now: bigint | undefined;
  /** `deferpartialqueryfailures`: a failure is told in the query's status only. */
  readonly deferFailures: boolean;
  /** `query_cursor_current`: what `cursor_current()` gives. */
  readonly cursor: string | undefined;
  readonly cursorsDisabled: boolean;
  readonly cursorWindow: CursorWindow | undefined;
  /** `query_results_apply_getschema` */
  readonly schemaOnly: boolean;
  /** `validatepermissions` */
  readonly validateOnly: boolean;
  /** Undefined is strong. */
  readonly weakConsistency: WeakConsistency | undefined;
}

export interface WeakConsistency {
  readonly by: 'database' | 'query' | 'random' | 'session';
  readonly session: string;
}

/** Properties that change which rows an answer has, or what it holds, and are not executed here. */
const refused: readonly string[] = [
  'query_bin_auto_at',
  'query_bin_auto_size',
  'query_datetimescope_column',
  'query_datetimescope_from',
  'query_datetimescope_to',
];

/** Where the lower of the values of the request and of the `set` statements counts (page "Query limits"). */
const lowerWins: readonly string[] = ['query_take_max_records', 'truncationmaxrecords', 'truncationmaxsize'];

/** The properties of a request together with those of its text's `set` statements, which win. */
export function mergeOptions(request: RawOptions, set: RawOptions): RawOptions {
  const merged: Record<string, unknown> = { ...request, ...set };
  for (const name of lowerWins) {
    const values = [readCount(request, name), readCount(set, name)].filter((value) => value !== undefined);
    if (values.length > 1) merged[name] = Math.min(...values);
  }
  return merged;
}

/** @throws KustoServiceError that names the property that is wrong, or not supported here */
export function readQueryOptions(options: RawOptions, standardLimits: ResultLimits): QueryOptions {
  const name = refused.find((one) => isGiven(options[one]));
  if (name !== undefined) throw badRequest(`The request property ${name} is not supported by this endpoint.`);
  // Read for its refusal only.
  readWord(options, 'query_language', ['csl', 'kql']);
  readWord(options, 'query_datascope', ['default', 'all', 'hotcache']);
  const cursor = readCursor(options, 'query_cursor_current');
  return {
    limits: readLimits(options, standardLimits),
    takeRecords: readCount(options, 'query_take_max_records'),
    now: readDatetime(options, 'query_now'),
    deferFailures: readFlag(options, 'deferpartialqueryfailures'),
    cursor: cursor?.toString(),
    cursorsDisabled: readFlag(options, 'query_cursor_disabled'),
    cursorWindow: readCursorWindow(options),
    schemaOnly: readFlag(options, 'query_results_apply_getschema'),
    validateOnly: readFlag(options, 'validatepermissions'),
    weakConsistency: readConsistency(options),
  };
}

const consistencies = {
  strongconsistency: undefined,
  weakconsistency: 'random',
  weakconsistency_by_database: 'database',
  weakconsistency_by_query: 'query',
  weakconsistency_by_session_id: 'session',
} as const;

function readConsistency(options: RawOptions): WeakConsistency | undefined {
  const words = Object.keys(consistencies) as (keyof typeof consistencies)[];
  const by = consistencies[readWord(options, 'queryconsistency', words) ?? 'strongconsistency'];
  if (by === undefined) return undefined;
  const session = readText(options, 'query_weakconsistency_session_id') ?? '';
  if (by === 'session' && session === '') {
    throw badRequest(
      'With queryconsistency weakconsistency_by_session_id the request property query_weakconsistency_session_id names the session.',
    );
  }
  return { by, session };
}

/** Undefined for none and for the empty string, the value before all. */
function readCursor(options: RawOptions, name: string): bigint | undefined {
  const text = readText(options, name)?.trim() ?? '';
  if (text === '') return undefined;
  if (/^\d{1,19}$/.test(text) && BigInt(text) <= 9_223_372_036_854_775_807n) return BigInt(text);
  throw badRequest(
    `The request property ${name} is a cursor value; '${text.slice(0, 40)}' is none of this database.`,
  );
}

function readCursorWindow(options: RawOptions): CursorWindow | undefined {
  const after = readCursor(options, 'query_cursor_after_default');
  const upTo = readCursor(options, 'query_cursor_before_or_at_default');
  const tables = readTexts(options, 'query_cursor_scoped_tables');
  if (tables === undefined || tables.length === 0) return undefined;
  if (readText(options, 'query_cursor_after_default') === undefined) {
    throw badRequest(
      'query_cursor_scoped_tables needs query_cursor_after_default, the lower bound; the empty string for all rows.',
    );
  }
  return { tables, after, upTo };
}
