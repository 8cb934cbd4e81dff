/** Reads the definition of a materialized view (page "create materialized-view"). */
import type { CommandReader } from '../command-reader.ts';
import { parseDatetime, parseTimespan } from '../../engine/values/times.ts';
import { booleanProperty, checkProperties } from './object-properties.ts';
import { queryInPlace } from '../query-text.ts';

export const viewWord = 'materialized-view';

export interface ViewDefinition {
  readonly name: string;
  readonly source: string;
  readonly query: string;
  /** The query with the places it has in the command. */
  readonly queryInPlace: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly backfill: boolean;
  /** Ticks, '' without. */
  readonly from: string;
  readonly asynchronous: boolean;
}

const known = [
  'allowmaterializedviewswithoutrowlevelsecurity',
  'autoupdateschema',
  'backfill',
  'dimensiontables',
  'docstring',
  'effectivedatetime',
  'folder',
  'lookback',
  'lookback_column',
];

export function readViewDefinition(reader: CommandReader, asynchronous: boolean): ViewDefinition {
  let place = reader.position;
  let properties = reader.properties();
  const name = reader.name('materialized view');
  if (properties.size === 0) {
    place = reader.position;
    properties = reader.properties();
  }
  checkProperties(reader, place, properties, known);
  if (booleanProperty(reader, place, properties, 'autoupdateschema'))
    throw reader.error('autoUpdateSchema is not supported by this endpoint', place);
  if (properties.has('dimensiontables'))
    throw reader.error('dimension tables in a materialized view are not supported by this endpoint', place);
  const backfill = booleanProperty(reader, place, properties, 'backfill');
  const from = effectiveFrom(reader, place, properties.get('effectivedatetime'));
  if (from !== '' && !backfill)
    throw reader.error("'effectiveDateTime' goes with backfill = true only", place);
  const lookback = properties.get('lookback');
  if (lookback !== undefined && parseTimespan(lookbackText(lookback)) === null)
    throw reader.error("the property 'lookback' is a timespan", place);
  reader.keyword('on');
  const over = reader.position;
  if (reader.takesMark(viewWord))
    throw reader.error('a materialized view over another is not supported by this endpoint', over);
  reader.keyword('table');
  const source = reader.name('table');
  const { text, start } = reader.bracketed('{', "the view's query");
  reader.end();
  return {
    name,
    source,
    query: text.slice(1, -1).trim(),
    queryInPlace: queryInPlace(reader.text, start + 1, start + text.length - 1),
    properties,
    backfill,
    from,
    asynchronous,
  };
}

function effectiveFrom(reader: CommandReader, place: number, given: string | undefined): string {
  if (given === undefined) return '';
  const ticks = parseDatetime(given.replace(/^datetime\((.*)\)$/i, '$1'));
  if (ticks === null) throw reader.error("the property 'effectiveDateTime' is a datetime", place);
  return ticks.toString();
}

/** `1d` and the like as a clock's time. */
export function lookbackText(text: string): string {
  const unit = /^(\d+)(d|h|m|s)$/.exec(text);
  if (unit === null) return text;
  const seconds = BigInt(unit[1] ?? 0) * ({ d: 86_400n, h: 3_600n, m: 60n, s: 1n }[unit[2] ?? ''] ?? 0n);
  const two = (value: bigint): string => value.toString().padStart(2, '0');
  return `${seconds / 86_400n}.${two((seconds / 3_600n) % 24n)}:${two((seconds / 60n) % 60n)}:${two(seconds % 60n)}`;
}
