import type { Properties } from '../command.ts';
import type { CommandReader } from '../command-reader.ts';

/** @throws KustoServiceError at `place` for a property that is not known: to ignore one could store something else */
export function checkProperties(
  reader: CommandReader,
  place: number,
  properties: Properties,
  known: readonly string[],
): void {
  const unknown = [...properties.keys()].find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw reader.error(
    `the property '${unknown}' is not supported by this endpoint (known here: ${known.join(', ')})`,
    place,
  );
}

/** False when it is not set. */
export function booleanProperty(
  reader: CommandReader,
  place: number,
  properties: Properties,
  name: string,
): boolean {
  const text = (properties.get(name) ?? 'false').toLowerCase();
  if (text === 'true' || text === 'false') return text === 'true';
  throw reader.error(`the property '${name}' is true or false`, place);
}
