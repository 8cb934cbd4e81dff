import { parseDatetime } from '../../engine/values/times.ts';
import { KustoServiceError } from '../../errors.ts';
import type { Properties } from '../command.ts';

/** true or false; undefined when the property is not given. @throws KustoServiceError for another value */
export function flag(properties: Properties, name: string): boolean | undefined {
  const text = properties.get(name)?.toLowerCase();
  if (text === undefined) return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  throw malformed(`The property ${name} is true or false, not '${text}'.`);
}

/** Ticks of a datetime, as ISO 8601 or as `datetime(…)`; undefined when the property is not given. */
export function datetimeProperty(properties: Properties, name: string): bigint | undefined {
  const text = properties.get(name);
  if (text === undefined) return undefined;
  const ticks = parseDatetime(text.replace(/^\s*datetime\((.*)\)\s*$/i, '$1'));
  if (ticks === null) throw malformed(`The property ${name} is a datetime, not '${text}'.`);
  return ticks;
}

/** A property that changes what a command does, and is not known here, is refused: ignoring it would store other rows. */
export function checkProperties(properties: Properties, known: readonly string[]): void {
  const unknown = [...properties.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new KustoServiceError({
    message: `The property ${unknown} is not supported by this endpoint; known here: ${known.join(', ')}.`,
    code: 'BadRequest_IngestionPropertyNotSupportedInThisContext',
    type: 'Kusto.Data.Exceptions.IngestionPropertyNotSupportedInThisContextException',
  });
}

/** What a `with` clause says of a table's folder and docstring. */
export function described(properties: Properties): { folder?: string; docString?: string } {
  const folder = properties.get('folder');
  const docString = properties.get('docstring');
  return { ...(folder === undefined ? {} : { folder }), ...(docString === undefined ? {} : { docString }) };
}

function malformed(message: string): KustoServiceError {
  return new KustoServiceError({
    message,
    code: 'BadRequest_MalformedIngestionProperty',
    type: 'Kusto.Data.Exceptions.MalformedIngestionPropertyException',
  });
}
