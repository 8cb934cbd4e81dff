import { BIGINT, BOOLEAN, DECIMAL, DOUBLE, INTEGER, VARCHAR, type DuckDBType } from '@duckdb/node-api';
import type { KustoType } from '../../types.ts';

interface TypeNames {
  /** As DuckDB's CREATE TABLE and CAST take it. */
  readonly sql: string;
  /** As a DuckDB data chunk holds it. */
  readonly vector: DuckDBType;
  /** `DataType` of the v1 protocol. */
  readonly dataType: string;
  /** The .NET type that `.show table T schema as json` reports. */
  readonly clrType: string;
}

/** The precision and scale in which decimals are held. */
export const decimalWidth = 38;
export const decimalScale = 18;

const names: Readonly<Record<KustoType, TypeNames>> = {
  bool: { sql: 'BOOLEAN', vector: BOOLEAN, dataType: 'SByte', clrType: 'System.SByte' },
  int: { sql: 'INTEGER', vector: INTEGER, dataType: 'Int32', clrType: 'System.Int32' },
  long: { sql: 'BIGINT', vector: BIGINT, dataType: 'Int64', clrType: 'System.Int64' },
  real: { sql: 'DOUBLE', vector: DOUBLE, dataType: 'Double', clrType: 'System.Double' },
  decimal: {
    sql: `DECIMAL(${decimalWidth}, ${decimalScale})`,
    vector: DECIMAL(decimalWidth, decimalScale),
    dataType: 'SqlDecimal',
    clrType: 'System.Data.SqlTypes.SqlDecimal',
  },
  datetime: { sql: 'BIGINT', vector: BIGINT, dataType: 'DateTime', clrType: 'System.DateTime' },
  timespan: { sql: 'BIGINT', vector: BIGINT, dataType: 'TimeSpan', clrType: 'System.TimeSpan' },
  string: { sql: 'VARCHAR', vector: VARCHAR, dataType: 'String', clrType: 'System.String' },
  guid: { sql: 'VARCHAR', vector: VARCHAR, dataType: 'Guid', clrType: 'System.Guid' },
  dynamic: { sql: 'JSON', vector: VARCHAR, dataType: 'Object', clrType: 'System.Object' },
};

export function typeNames(type: KustoType): TypeNames {
  return names[type];
}

const aliases: ReadonlyMap<string, KustoType> = new Map<string, KustoType>([
  ...(Object.keys(names) as KustoType[]).map((type) => [type, type] as const),
  ['boolean', 'bool'],
  ['int32', 'int'],
  ['int64', 'long'],
  ['double', 'real'],
  ['date', 'datetime'],
  ['time', 'timespan'],
  ['uuid', 'guid'],
  ['uniqueid', 'guid'],
]);

/** The type that a name or one of its aliases stands for (`date` is datetime), or undefined. */
export function resolveType(name: string): KustoType | undefined {
  return aliases.get(name.toLowerCase());
}
