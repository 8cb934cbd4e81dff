/** What is known of the rows between two operators. */
import type { Column, KustoType } from '../../types.ts';
import { hiddenColumns } from '../../types.ts';
import { quoteIdentifier } from './value.ts';

export interface RelationColumn extends Column {
  /** The quoted identifier in SQL. It is not always the name: KQL's names differ by case, DuckDB's do not. */
  readonly sql: string;
}

/** One key of the rows' order, carried as a hidden column so that it survives `project`. */
export interface OrderKey {
  readonly sql: string;
  readonly direction: 'ASC NULLS FIRST' | 'ASC NULLS LAST' | 'DESC NULLS FIRST' | 'DESC NULLS LAST';
}

export interface Relation {
  /** What stands after FROM. */
  readonly from: string;
  readonly columns: readonly RelationColumn[];
  /** Whether rows are still records of a table: then they have the hidden columns. */
  readonly records: boolean;
  readonly order: readonly OrderKey[];
  /** Rows of the table that {@link CompileState.identified} names carry its row ids. */
  readonly rowIds?: true;
  /**
   * Whether the rows are a serialized row set, which window functions need (page "window functions"). Operators that keep
   * the rows keep it; those that make new ones leave it out. `numbered`: the order is one key that no two rows share.
   */
  readonly serialized?: 'numbered' | 'ordered';
  /** The name that union's withsource gives the rows: a table's, a view's, or one given with `as`. */
  readonly source?: string | undefined;
}

export const sequenceColumn = quoteIdentifier(hiddenColumns.sequence);
export const ingestionColumn = quoteIdentifier(hiddenColumns.ingestion);
export const rowIdColumn = '"$row"';
export const extentColumn = quoteIdentifier(hiddenColumns.extent);
const recordColumns = [sequenceColumn, ingestionColumn, extentColumn];

/** The columns that row-local operators carry along unseen. */
export function carried(relation: Relation): readonly string[] {
  return [
    ...(relation.records ? recordColumns : []),
    ...(relation.rowIds === true ? [rowIdColumn] : []),
    ...relation.order.map((key) => key.sql),
  ];
}

/**
 * Gives columns identifiers that DuckDB tells apart: a second name that differs by case only gets a suffix. A name that begins
 * with `$` gets one too, since those are the hidden columns'.
 */
export class Identifiers {
  readonly #taken = new Set<string>();

  next(name: string): string {
    let candidate = name.startsWith('$') || name === '' ? `~${name}` : name;
    for (let suffix = 2; this.#taken.has(candidate.toLowerCase()); suffix += 1) {
      candidate = `${name}~${suffix}`;
    }
    this.#taken.add(candidate.toLowerCase());
    return quoteIdentifier(candidate);
  }

  column(name: string, type: KustoType): RelationColumn {
    return { name, type, sql: this.next(name) };
  }
}

export function orderBy(relation: Relation): string {
  if (relation.order.length === 0) return '';
  return ` ORDER BY ${relation.order.map((key) => `${key.sql} ${key.direction}`).join(', ')}`;
}
