import type { EndpointRequest } from '../endpoint/endpoint.ts';
import { badRequest } from '../service-errors.ts';
import { defaultDatabase } from '../engine/store.ts';
import { jsonText, parseJsonExact } from '../formats/json-values.ts';
import {
  lowerCaseNames,
  readFlag,
  readTimespan,
  type RawOptions,
} from '../request-properties/option-values.ts';
import { readQueryOptions } from '../request-properties/query-options.ts';
import { noLimits } from '../request-properties/truncation.ts';
import { readLayout, type LayoutOptions } from './layout.ts';

export interface ParsedRequest {
  readonly request: EndpointRequest;
  readonly layout: LayoutOptions;
}

const minute = 60_000;
const queryTimeout = 4 * minute;
const commandTimeout = 10 * minute;
const maximumTimeout = 60 * minute;

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
  const options = lowerCaseNames(optionalObject(properties['Options'], '"properties.Options"'));
  // What is wrong with a property is told before the text is looked at.
  readQueryOptions(options, noLimits);
  return {
    request: {
      database: database === '' ? defaultDatabase : database,
      text,
      parameters: readParameters(optionalObject(properties['Parameters'], '"properties.Parameters"')),
      readOnly: readFlag(options, 'request_readonly') || readFlag(options, 'request_readonly_hardline'),
      timeoutMs: readTimeout(options, kind === 'query' ? queryTimeout : commandTimeout),
      options,
    },
    layout: readLayout(options),
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

function readTimeout(options: RawOptions, standard: number): number {
  if (readFlag(options, 'norequesttimeout')) return maximumTimeout;
  const ticks = readTimespan(options, 'servertimeout');
  if (ticks === undefined) return standard;
  return Math.min(maximumTimeout, Math.max(1, Number(ticks / 10_000n)));
}

function optionalObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  return value === undefined || value === null ? {} : asObject(value, what);
}

function asObject(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw badRequest(`${what} is not a JSON object.`);
}
