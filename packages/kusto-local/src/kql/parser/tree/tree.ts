/** Our own tree of a bound query: small, plain, free of the parser. Every node knows its place in the text. */
import type { Column, KustoType, SetOptionValue, TextSpan } from '../../../types.ts';
import type { ParseKvOperator, ParseOperator } from './tree-parse.ts';
import type { PluginOperator } from './tree-plugins.ts';
import type { MakeSeriesOperator } from './tree-series.ts';
import type { SubtableOperator, TablesOperator, Union } from './tree-tables.ts';

/** The type of an expression; `unknown` where the binder has none to give. */
export type ExpressionType = KustoType | 'unknown';

interface Node {
  readonly span: TextSpan;
}

export interface LiteralExpression extends Node {
  readonly kind: 'literal';
  readonly type: KustoType;
  /**
   * null is Kusto's null. bool: boolean; int, long, datetime, timespan: bigint (ticks for the times); real: number;
   * decimal, string, guid: string; dynamic: JSON text.
   */
  readonly value: bigint | boolean | number | string | null;
}

export interface ColumnExpression extends Node {
  readonly kind: 'column';
  readonly name: string;
  readonly type: ExpressionType;
  /** In a join's condition: `$left` or `$right`. */
  readonly side?: 'left' | 'right';
}

export interface VariableExpression extends Node {
  readonly kind: 'variable';
  readonly name: string;
  readonly type: ExpressionType;
}

export interface CallExpression extends Node {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expression[];
  readonly type: ExpressionType;
}

export interface InvokeExpression extends Node {
  readonly kind: 'invoke';
  readonly invocation: Invocation;
  readonly type: ExpressionType;
}

export interface LogicalExpression extends Node {
  readonly kind: 'logical';
  readonly operator: 'and' | 'or';
  /** Two or more: chains are flat, so a chain of thousands does not nest. */
  readonly operands: readonly Expression[];
}

export interface BinaryExpression extends Node {
  readonly kind: 'binary';
  /** The operator as written: `+`, `==`, `!has_cs`, `matches regex`, … */
  readonly operator: string;
  readonly left: Expression;
  readonly right: Expression;
  readonly type: ExpressionType;
}

export interface UnaryExpression extends Node {
  readonly kind: 'unary';
  readonly operator: '+' | '-';
  readonly operand: Expression;
  readonly type: ExpressionType;
}

export interface InExpression extends Node {
  readonly kind: 'in';
  /** `in`, `!in`, `in~`, `!in~`, `has_any`, `has_all`. */
  readonly operator: string;
  readonly left: Expression;
  readonly items: readonly Expression[];
}

export interface BetweenExpression extends Node {
  readonly kind: 'between';
  readonly negated: boolean;
  readonly value: Expression;
  readonly low: Expression;
  readonly high: Expression;
}

export interface MemberExpression extends Node {
  readonly kind: 'member';
  readonly object: Expression;
  readonly name: string;
}

export interface IndexExpression extends Node {
  readonly kind: 'index';
  readonly object: Expression;
  readonly index: Expression;
}

export interface StarExpression extends Node {
  readonly kind: 'star';
}

/** A tabular expression where a scalar stands: an argument of toscalar() or the right side of `in`. */
export interface SubqueryExpression extends Node {
  readonly kind: 'subquery';
  readonly source: Tabular;
}

/** `typeof(long)`, as an argument. */
export interface TypeExpression extends Node {
  readonly kind: 'type';
  readonly type: KustoType;
}

export type Expression =
  | BetweenExpression
  | BinaryExpression
  | CallExpression
  | ColumnExpression
  | InExpression
  | IndexExpression
  | InvokeExpression
  | LiteralExpression
  | LogicalExpression
  | MemberExpression
  | StarExpression
  | SubqueryExpression
  | TypeExpression
  | UnaryExpression
  | VariableExpression;

/** The name that stands for the rows before `invoke`; KQL cannot write it. */
export const pipedInput = '\u0001input';

/** A call of a function that the query itself declares, to be inlined. */
export interface Invocation {
  readonly name: string;
  readonly parameters: readonly string[];
  /** One a parameter, in order, defaults filled in. */
  readonly args: readonly (Expression | Tabular)[];
  readonly body: FunctionBody;
  /** Declared with `view`: its rows are known by its name. */
  readonly view: boolean;
  /** A stored function of the database: its body sees none of the query's names, and its places are not the query's. */
  readonly stored?: true;
  readonly span: TextSpan;
}

export interface FunctionBody {
  readonly statements: readonly Statement[];
  readonly result: Expression | Tabular;
}

export interface OutputItem {
  readonly expression: Expression;
  /** The columns it makes: one, or several for arg_max and its like; [] when it only names a column that stays as it is. */
  readonly columns: readonly Column[];
}

export interface SortKey extends Node {
  readonly expression: Expression;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface JoinKey {
  readonly left: Expression;
  readonly right: Expression;
}

export type Operator = Node &
  (
    | { readonly kind: 'count'; readonly columns: readonly Column[] }
    | { readonly kind: 'distinct'; readonly items: readonly OutputItem[] }
    | { readonly kind: 'extend'; readonly items: readonly OutputItem[]; readonly columns: readonly Column[] }
    | { readonly kind: 'filter'; readonly condition: Expression }
    | { readonly kind: 'getschema'; readonly columns: readonly Column[] }
    | {
        readonly kind: 'join';
        readonly flavor: string;
        readonly right: Tabular;
        readonly keys: readonly JoinKey[];
        readonly columns: readonly Column[];
      }
    /** The first argument is the rows themselves: {@link pipedInput}. */
    | { readonly kind: 'invoke'; readonly invocation: Invocation }
    | MakeSeriesOperator
    | ParseKvOperator
    | ParseOperator
    | PluginOperator
    | SubtableOperator
    | TablesOperator
    | { readonly kind: 'project'; readonly items: readonly OutputItem[] }
    | { readonly kind: 'rename'; readonly columns: readonly Column[] }
    | { readonly kind: 'select'; readonly columns: readonly Column[] }
    | {
        readonly kind: 'serialize';
        readonly items: readonly OutputItem[];
        readonly columns: readonly Column[];
      }
    | { readonly kind: 'sort'; readonly keys: readonly SortKey[] }
    | {
        readonly kind: 'summarize';
        readonly by: readonly OutputItem[];
        readonly aggregates: readonly OutputItem[];
      }
    | { readonly kind: 'take'; readonly count: Expression }
    | { readonly kind: 'top'; readonly count: Expression; readonly key: SortKey }
  );

export type Tabular = Node &
  (
    | {
        readonly kind: 'datatable';
        readonly columns: readonly Column[];
        readonly values: readonly LiteralExpression[];
      }
    | { readonly kind: 'apply'; readonly invocation: Invocation }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'pipe'; readonly input: Tabular; readonly operator: Operator }
    | { readonly kind: 'print'; readonly items: readonly OutputItem[] }
    | {
        readonly kind: 'range';
        readonly column: Column;
        readonly from: Expression;
        readonly to: Expression;
        readonly step: Expression;
      }
    | { readonly kind: 'storedResult'; readonly name: string }
    | { readonly kind: 'table'; readonly name: string }
    /** `table(x)`: the name is known once the function that has the parameter x is called. */
    | { readonly kind: 'tableOf'; readonly name: Expression }
    /** A materialized view; `part`: through materialized_view(). */
    | { readonly kind: 'view'; readonly name: string; readonly part: boolean }
    | { readonly kind: 'unionAll'; readonly parts: Union }
  );

export interface QueryParameter extends Node {
  readonly name: string;
  readonly type: KustoType;
  readonly default: LiteralExpression | undefined;
}

export type Statement = Node &
  (
    | { readonly kind: 'function'; readonly name: string }
    | { readonly kind: 'letScalar'; readonly name: string; readonly value: Expression }
    | {
        readonly kind: 'letTabular';
        readonly name: string;
        readonly value: Tabular;
        readonly materialized: boolean;
      }
    | { readonly kind: 'parameters'; readonly parameters: readonly QueryParameter[] }
    | { readonly kind: 'query'; readonly source: Tabular }
  );

export interface Query {
  readonly statements: readonly Statement[];
  /** The last `render`'s chart. */
  readonly visualization: string | undefined;
  readonly setOptions: Readonly<Record<string, SetOptionValue>>;
  /** Rows with a plugin at their end whose columns have to be found out; the statements end before them. */
  readonly undiscovered: Tabular | undefined;
}

export function isTabular(node: Expression | Tabular): node is Tabular {
  return (
    node.kind === 'datatable' ||
    node.kind === 'apply' ||
    node.kind === 'name' ||
    node.kind === 'pipe' ||
    node.kind === 'print' ||
    node.kind === 'range' ||
    node.kind === 'storedResult' ||
    node.kind === 'table' ||
    node.kind === 'tableOf' ||
    node.kind === 'view' ||
    node.kind === 'unionAll'
  );
}
