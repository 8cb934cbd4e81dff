/** Pieces of DuckDB SQL with what is known about them. */
import type { KustoType } from '../../types.ts';
import type { LiteralExpression } from '../parser/tree/tree.ts';

export interface Value {
  /** A primary expression: it can stand as an operand of any operator without parentheses. */
  readonly sql: string;
  readonly type: KustoType;
  /** Whether it can be NULL. A string never is. */
  readonly nullable: boolean;
  /** The constant it is, when it is written as one; null for a typed null. */
  readonly literal?: LiteralExpression['value'];
}

/** The DuckDB type that holds a Kusto type: see the table in `types.ts`. */
export const duckTypes: Readonly<Record<KustoType, string>> = {
  bool: 'BOOLEAN',
  datetime: 'BIGINT',
  decimal: 'DECIMAL(38, 18)',
  dynamic: 'JSON',
  guid: 'VARCHAR',
  int: 'INTEGER',
  long: 'BIGINT',
  real: 'DOUBLE',
  string: 'VARCHAR',
  timespan: 'BIGINT',
};

export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteText(text: string): string {
  // DuckDB's literals cannot hold U+0000: chr(0) can.
  const parts = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`);
  return parts.length === 1 ? (parts[0] ?? "''") : `(${parts.join(' || chr(0) || ')})`;
}

/** A value that no literal stands for. */
export function value(sql: string, type: KustoType, nullable = type !== 'string'): Value {
  return { sql, type, nullable: nullable && type !== 'string' };
}

export function nullOf(type: KustoType): Value {
  if (type === 'string') return { sql: "''", type, nullable: false, literal: '' };
  return { sql: `CAST(NULL AS ${duckTypes[type]})`, type, nullable: true, literal: null };
}

function realText(number: number): string {
  if (Number.isNaN(number)) return "'nan'";
  if (!Number.isFinite(number)) return number > 0 ? "'inf'" : "'-inf'";
  return Object.is(number, -0) ? "'-0.0'" : String(number);
}

export function literalValue(type: KustoType, literal: LiteralExpression['value']): Value {
  if (literal === null) return nullOf(type);
  const known = { type, nullable: false, literal };
  switch (type) {
    case 'string':
    case 'guid':
      return { ...known, sql: quoteText(String(literal)) };
    case 'dynamic':
      return { ...known, sql: `CAST(${quoteText(String(literal))} AS JSON)` };
    case 'bool':
      return { ...known, sql: literal === true ? 'true' : 'false' };
    case 'real':
      return { ...known, sql: `CAST(${realText(Number(literal))} AS DOUBLE)` };
    case 'decimal':
      return { ...known, sql: `CAST('${String(literal)}' AS DECIMAL(38, 18))` };
    case 'int':
      return { ...known, sql: `CAST(${String(literal)} AS INTEGER)` };
    case 'datetime':
    case 'long':
    case 'timespan':
    default:
      return { ...known, sql: `CAST(${String(literal)} AS BIGINT)` };
  }
}

const numericTypes: ReadonlySet<KustoType> = new Set<KustoType>(['int', 'long', 'real', 'decimal']);

export function isNumeric(type: KustoType): boolean {
  return numericTypes.has(type);
}
