import type { EndpointRequest } from '../endpoint.ts';
import { parseDatetime, parseTimespan } from '../engine/times.ts';
import { badRequest } from '../engine/service-errors.ts';
import { defaultDatabase } from '../engine/store.ts';
import { jsonText, parseJsonExact } from '../formats/json-values.ts';

/** Where an error that comes after the first row goes (`results_error_reporting_placement`). */
export type ErrorPlacement = 'end_of_dataset' | 'end_of_table' | 'in_data';

/** How a v2 answer is laid out. */
export interface LayoutOptions {
  readonly newlines: boolean;
  readonly fragmented: boolean;
  readonly errorPlacement: ErrorPlacement;
}

export interface ParsedRequest {
  readonly request: EndpointRequest;
  readonly layout: LayoutOptions;
}

const minute = 60_000;
const queryTimeout = 4 * minute;
const commandTimeout = 10 * minute;
const maximumTimeout = 60 * minute;

/** Options that change which rows an answer has; to ignore one would be a wrong answer. */
const refusedOptions: readonly string[] = [
  'query_cursor_after_default',
  'query_cursor_before_or_at_default',
  'query_cursor_current',
  'query_cursor_disabled',
  'query_cursor_scoped_tables',
  'query_results_apply_getschema',
  'query_take_max_records',
  'validatepermissions',
];

/**
 * Reads a request's body (`{db, csl, properties}`; properties an object, or a JSON text of it).
 *
 * @throws KustoServiceError that names the property that is wrong
 */
export function parseRequest(body: string, kind: 'command' | 'query'): ParsedRequest {
  let parsed: unknown;
  try {
    parsed = parseJsonExact(body);
  } catch {
    throw badRequest('The request body is not valid JSON; send {"db": "…", "csl": "…"}.');
  }
  return readRequest(asObject(parsed, 'the request body'), kind);
}

/** As {@link parseRequest}, of the fields of a body or of a query string. */
export function readRequest(
  fields: Readonly<Record<string, unknown>>,
  kind: 'command' | 'query',
): ParsedRequest {
  const text = fields['csl'];
  if (typeof text !== 'string' || text.trim() === '')
    throw badRequest('"csl" is missing: the text to execute.');
  const database = fields['db'] ?? defaultDatabase;
  if (typeof database !== 'string') throw badRequest('"db" is the name of a database, a string.');
  const properties = readProperties(fields['properties']);
  const options = optionalObject(properties['Options'], '"properties.Options"');
  const refused = refusedOptions.find((name) => isSet(options[name]));
  if (refused !== undefined)
    throw badRequest(`The request option ${refused} is not supported by this endpoint.`);
  return {
    request: {
      database: database === '' ? defaultDatabase : database,
      text,
      parameters: readParameters(optionalObject(properties['Parameters'], '"properties.Parameters"')),
      readOnly: isSet(options['request_readonly']) || isSet(options['request_readonly_hardline']),
      timeoutMs: readTimeout(options, kind === 'query' ? queryTimeout : commandTimeout),
      now: readNow(options['query_now']),
    },
    layout: {
      newlines: isSet(options['results_v2_newlines_between_frames']),
      fragmented: isSet(options['results_v2_fragment_primary_tables']),
      errorPlacement: readPlacement(options['results_error_reporting_placement']),
    },
  };
}

function readProperties(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'string') return optionalObject(value, '"properties"');
  if (value === '') return {};
  try {
    return asObject(parseJsonExact(value), '"properties"');
  } catch (error) {
    if (error instanceof SyntaxError) throw badRequest('"properties" is a text that is not valid JSON.');
    throw error;
  }
}

function readParameters(values: Readonly<Record<string, unknown>>): EndpointRequest['parameters'] {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
        return [name, value];
      const text = jsonText(value);
      if (text === undefined) throw badRequest(`The query parameter ${name} has no value.`);
      // A number too long for a double goes on as its digits.
      return [name, text];
    }),
  );
}

function readTimeout(options: Readonly<Record<string, unknown>>, standard: number): number {
  if (isSet(options['norequesttimeout'])) return maximumTimeout;
  const value = options['servertimeout'];
  if (value === undefined || value === null) return standard;
  const ticks = typeof value === 'string' ? parseTimespan(value) : null;
  if (ticks === null || ticks <= 0n) {
    throw badRequest('The request option servertimeout is a timespan above zero, for example "00:04:00".');
  }
  return Math.min(maximumTimeout, Math.max(1, Number(ticks / 10_000n)));
}

function readNow(value: unknown): bigint | undefined {
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'string' ? value.replace(/^\s*datetime\((.*)\)\s*$/, '$1') : '';
  const ticks = parseDatetime(text);
  if (ticks === null)
    throw badRequest('The request option query_now is a datetime, for example "2026-01-31T12:00:00Z".');
  return ticks;
}

function readPlacement(value: unknown): ErrorPlacement {
  if (value === undefined || value === null) return 'in_data';
  if (value === 'in_data' || value === 'end_of_table' || value === 'end_of_dataset') return value;
  throw badRequest(
    'The request option results_error_reporting_placement is in_data, end_of_table or end_of_dataset.',
  );
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 'false' && value !== '';
}

function optionalObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  return value === undefined || value === null ? {} : asObject(value, what);
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw badRequest(`${what} is not a JSON object.`);
}
