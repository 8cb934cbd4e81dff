import { KustoError } from '../errors.ts';
import type { KustoColumn, KustoType } from '../types.ts';

/** Canonical names, the documented aliases, and the .NET names that v1 puts into DataType, all in lower case. */
const TYPES: ReadonlyMap<string, KustoType> = new Map<string, KustoType>([
  ['bool', 'bool'],
  ['boolean', 'bool'],
  ['sbyte', 'bool'],
  ['datetime', 'datetime'],
  ['date', 'datetime'],
  ['decimal', 'decimal'],
  ['sqldecimal', 'decimal'],
  ['dynamic', 'dynamic'],
  ['object', 'dynamic'],
  ['guid', 'guid'],
  ['uuid', 'guid'],
  ['uniqueid', 'guid'],
  ['int', 'int'],
  ['int32', 'int'],
  ['int16', 'int'],
  ['uint8', 'int'],
  ['byte', 'int'],
  ['long', 'long'],
  ['int64', 'long'],
  ['real', 'real'],
  ['double', 'real'],
  ['float', 'real'],
  ['single', 'real'],
  ['string', 'string'],
  ['timespan', 'timespan'],
  ['time', 'timespan'],
]);

function typeOf(name: unknown): KustoType | undefined {
  if (typeof name !== 'string') return undefined;
  const lower = name.toLowerCase();
  const plain = lower.startsWith('system.') ? lower.slice(lower.lastIndexOf('.') + 1) : lower;
  return TYPES.get(plain);
}

/**
 * Reads a parsed `Columns` array. `ColumnType` decides; some v1 answers have only `DataType`, a .NET name.
 * @throws KustoError KUSTO_PROTOCOL
 */
export function readColumns(value: unknown): KustoColumn[] {
  if (!Array.isArray(value)) throw new KustoError('KUSTO_PROTOCOL', 'Columns of a table is not an array');
  return value.map((item: unknown, ordinal) => {
    const column = (item ?? {}) as Record<string, unknown>;
    const { ColumnName: name, ColumnType: columnType, DataType: dataType } = column;
    if (typeof name !== 'string') {
      throw new KustoError('KUSTO_PROTOCOL', `column ${ordinal} of a table has no ColumnName`);
    }
    const given =
      columnType === undefined || columnType === null || columnType === '' ? dataType : columnType;
    const type = typeOf(given);
    if (type === undefined) {
      throw new KustoError(
        'KUSTO_PROTOCOL',
        `column ${JSON.stringify(name)} has the unknown type ${JSON.stringify(given)}`,
      );
    }
    return { name, type };
  });
}
