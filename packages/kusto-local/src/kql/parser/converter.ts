import type { Column, SetOptionValue } from '../../types.ts';
import type { BinSettings } from './bin-auto.ts';
import type { StoredObjects } from './stored-objects.ts';
import type { SyntaxNode } from './syntax.ts';
import type { Expression, FunctionBody, Invocation, Tabular } from './tree/tree.ts';

/** What the conversion of one query remembers, and the way from one kind of node to another. */
export interface Converter {
  visualization: string | undefined;
  /** From `set` statements. */
  readonly setOptions: Record<string, SetOptionValue>;
  readonly binSettings: BinSettings;
  /** The name of the query's database. */
  readonly database: string;
  /** Columns found out for plugins, by the end of their call. */
  discovered: ReadonlyMap<number, readonly Column[]>;
  inlineDepth: number;
  /** In a partition's subquery with its own source: the key column, which toscalar() may name there. */
  partitionKey: string | undefined;
  inlinedCalls: number;
  /** Declarations of the query's own functions, by name. */
  readonly functions: Map<string, SyntaxNode>;
  /** The database's stored functions and materialized views. */
  readonly stored: StoredObjects;
  expression(node: SyntaxNode): Expression;
  tabular(node: SyntaxNode): Tabular;
  body(node: SyntaxNode): FunctionBody;
  /** @param piped the first argument is the rows before `invoke` */
  invocation(node: SyntaxNode, name: string, piped?: boolean): Invocation;
}
