import { KustoError } from '../errors.ts';
import type { QueryOptions } from '../types.ts';

/** What every query is sent with: read-only, nothing that takes rows back. Strong consistency is added where it is known. */
const SAFE: Readonly<Record<string, string | boolean>> = {
  results_progressive_enabled: false,
  request_readonly: true,
  request_readonly_hardline: true,
};

/** The shape that streams best. A small result, which is taken whole or not at all, is smaller without it. */
const STREAMING: Readonly<Record<string, string | boolean>> = {
  results_v2_newlines_between_frames: true,
  results_v2_fragment_primary_tables: true,
  results_error_reporting_placement: 'end_of_table',
};

const FIXED: Readonly<Record<string, string | boolean>> = { ...STREAMING, ...SAFE };

/** Request properties with which a result could silently lose rows or be old, and those that have an own option. */
const REFUSED: Readonly<Record<string, string>> = {
  best_effort: 'a part of the data that cannot be read would look deleted',
  deferpartialqueryfailures: 'a partial result would look complete',
  query_results_cache_max_age: 'an answer from the cache may be older than an earlier one',
  servertimeout: 'use serverTimeoutMs',
  norequesttimeout: 'use serverTimeoutMs',
};

const MAX_SERVER_TIMEOUT_MS = 3_600_000;

function refuse(message: string): KustoError {
  return new KustoError('KUSTO_OPTION_REFUSED', message);
}

export interface RequestShape {
  /** Whether `queryconsistency` is sent. */
  readonly consistency: boolean;
  /** Whether rows are given out as they come, instead of the result as a whole. */
  readonly streaming: boolean;
}

/** @throws KustoError KUSTO_OPTION_REFUSED */
export function queryProperties(
  options: QueryOptions,
  { consistency, streaming }: RequestShape,
): Record<string, unknown> {
  for (const [name, value] of Object.entries(options.options ?? {})) {
    const reason = REFUSED[name.toLowerCase()];
    if (reason !== undefined) throw refuse(`request property ${name} is refused: ${reason}`);
    const fixed = FIXED[name.toLowerCase()];
    if (fixed !== undefined && fixed !== value)
      throw refuse(`request property ${name} is always ${String(fixed)} here`);
  }
  return {
    ...(consistency ? { queryconsistency: 'strongconsistency' } : {}),
    ...options.options,
    ...(streaming ? FIXED : SAFE),
    servertimeout: timespan(options.serverTimeoutMs ?? DEFAULT_SERVER_TIMEOUT_MS),
  };
}

export const DEFAULT_SERVER_TIMEOUT_MS = 240_000;

/** The JSON body of a request. Written by hand around `Parameters`, where 64-bit integers have to keep their digits. */
export function requestBody(
  db: string,
  csl: string,
  properties: Readonly<Record<string, unknown>>,
  parameters: QueryOptions['parameters'] = {},
): string {
  const values = Object.entries(parameters).map(
    ([name, value]) => `${JSON.stringify(name)}:${parameter(name, value)}`,
  );
  const all = values.length === 0 ? '' : `,"Parameters":{${values.join(',')}}`;
  return `{"db":${JSON.stringify(db)},"csl":${JSON.stringify(csl)},"properties":{"Options":${JSON.stringify(properties)}${all}}}`;
}

/** Long and string go as they are, every other type as a KQL literal in a string (documented form of query parameters). */
function parameter(name: string, value: string | bigint | number | boolean): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'boolean') return value ? '"true"' : '"false"';
  if (typeof value === 'string') return JSON.stringify(value);
  if (!Number.isFinite(value)) throw refuse(`parameter ${JSON.stringify(name)} is not a finite number`);
  if (!Number.isInteger(value)) return `"${value}"`;
  if (Number.isSafeInteger(value)) return String(value);
  throw refuse(`parameter ${JSON.stringify(name)} is beyond 2^53; give a bigint`);
}

/** @throws KustoError KUSTO_OPTION_REFUSED above the service's limit of one hour */
function timespan(ms: number): string {
  if (!Number.isFinite(ms) || ms < 1000 || ms > MAX_SERVER_TIMEOUT_MS)
    throw refuse('serverTimeoutMs must be between 1000 and 3600000 (one hour)');
  const seconds = Math.ceil(ms / 1000);
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}`;
}
