/** The operators that take rows apart, sample them, or bring tables together. */
import type { Column, KustoType, TextSpan } from '../../../types.ts';
import type { Expression, JoinKey, OutputItem, Tabular } from './tree.ts';

interface Node {
  readonly span: TextSpan;
}

/** One expression of mv-expand or mv-apply, and the column its elements become. */
export interface Expansion {
  readonly expression: Expression;
  readonly name: string;
  readonly type: KustoType;
}

/** One clause of top-nested. */
export interface NestedClause {
  readonly count: Expression | undefined;
  readonly of: OutputItem;
  readonly by: OutputItem;
  readonly descending: boolean;
}

/** What runs a subquery over rows that it makes, or takes some of the rows. */
export type SubtableOperator = Node &
  (
    | { readonly kind: 'as'; readonly name: string; readonly materialized: boolean }
    | {
        readonly kind: 'mvApply';
        readonly items: readonly Expansion[];
        readonly columns: readonly Column[];
        /** with_itemindex */
        readonly index: string | undefined;
        readonly limit: Expression | undefined;
        readonly subquery: Tabular;
      }
    | {
        readonly kind: 'mvExpand';
        readonly items: readonly Expansion[];
        readonly columns: readonly Column[];
        /** with_itemindex: the last of the columns. */
        readonly index: string | undefined;
        readonly bagsAsArrays: boolean;
        readonly limit: Expression | undefined;
      }
    | {
        readonly kind: 'partition';
        readonly key: string;
        readonly strategy: string;
        readonly materialized: boolean;
        readonly subquery: Tabular;
      }
    | { readonly kind: 'sample'; readonly count: Expression }
    | {
        readonly kind: 'sampleDistinct';
        readonly count: Expression;
        readonly of: Expression;
        readonly column: Column;
      }
    | {
        readonly kind: 'topHitters';
        readonly count: Expression;
        readonly of: Expression;
        readonly by: Expression | undefined;
        readonly columns: readonly Column[];
      }
    | { readonly kind: 'topNested'; readonly clauses: readonly NestedClause[] }
  );

/** A table, or all tables whose names match. */
export type UnionLeg = Tabular | (Node & { readonly kind: 'wildcard'; readonly pattern: string });

export interface Union {
  readonly legs: readonly UnionLeg[];
  /** kind=inner: only the columns that all legs have. */
  readonly inner: boolean;
  /** withsource: the name of the column that says which table a row comes from. */
  readonly withSource: string | undefined;
  /** What the parser takes the columns for; undefined where it does not know them. */
  readonly columns: readonly Column[] | undefined;
}

/** What brings a second table in. */
export type TablesOperator = Node &
  (
    | {
        readonly kind: 'lookup';
        readonly flavor: string;
        readonly right: Tabular;
        readonly keys: readonly JoinKey[];
        readonly columns: readonly Column[];
      }
    | { readonly kind: 'union'; readonly parts: Union }
  );
