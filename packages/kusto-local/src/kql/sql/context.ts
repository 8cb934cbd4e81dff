import type { Column, TextSpan } from '../../types.ts';
import type { CallExpression, Expression, Invocation, Tabular } from '../parser/tree/tree.ts';
import type { Relation } from './relation.ts';
import type { CompileState, Scope } from './state.ts';
import type { Value } from './value.ts';

/** The parts of the compiler, for one another: passed along rather than imported, so that no cycle of modules arises. */
export interface Compiler {
  expression(expression: Expression, context: Context): Value;
  tabular(source: Tabular, state: CompileState, scope: Scope): Relation;
  /** The scope of an inlined function's result: its parameters and its own lets, over the names it was declared among. */
  enter(invocation: Invocation, context: Context): Scope;
}

/** Where an expression stands. */
export interface Context {
  readonly compiler: Compiler;
  readonly state: CompileState;
  readonly scope: Scope;
  /** The rows it is computed over; undefined where there are none (`print`, `let`). */
  readonly row: Relation | undefined;
  /** In a join's condition: the rows of the sides. */
  readonly sides?: { readonly left: Relation; readonly right: Relation };
  /**
   * A place where null and false mean the same (`where`, and `and`/`or` within it): comparisons become plain ones that DuckDB
   * can push down to the table.
   */
  readonly filter?: boolean;
  /** In summarize: turns an aggregate's SQL into a column of the grouping SELECT. */
  readonly aggregate?: (sql: string) => string;
  /** In summarize: names of columns that are keys as they are. */
  readonly groupColumns?: ReadonlySet<string>;
  /** Told of each use of the row: what is bound to a name may only be used over the same rows. */
  readonly touch?: () => void;
  /** Computes SQL once a row before the expression, and names it: for what may not be computed twice, such as random(). */
  readonly hoist: (sql: string) => string;
}

/** A call being compiled. */
export interface Call {
  readonly name: string;
  readonly args: readonly Expression[];
  readonly type: CallExpression['type'];
  readonly span: TextSpan;
  readonly context: Context;
}

export interface TupleCall extends Call {
  /** The output columns as the binder has them. */
  readonly columns: readonly Column[];
}

/** In SQL given to {@link Context.hoist}: the FROM item that the hoisted column is computed over. */
export const hoistSource = '"$source"';

/** Collects what has to be computed before an operator's own SELECT. */
export class Hoisting {
  readonly #state: CompileState;
  /** Columns, in layers: each may use the columns of those below it (a window over the result of another window). */
  readonly #layers: string[][] = [];
  readonly #layerOf = new Map<string, number>();

  constructor(state: CompileState) {
    this.#state = state;
  }

  readonly hoist = (sql: string): string => {
    const name = this.#state.fresh('v');
    let layer = 0;
    for (const [used] of sql.matchAll(/"\$v\d+"/g)) {
      layer = Math.max(layer, (this.#layerOf.get(used) ?? -1) + 1);
    }
    this.#layerOf.set(name, layer);
    (this.#layers[layer] ??= []).push(`${sql} AS ${name}`);
    return name;
  };

  /** The FROM item of the operator: the relation, with the hoisted columns added. */
  from(relation: Relation, span: TextSpan): string {
    let { from } = relation;
    for (const columns of this.#layers) {
      const list = columns.map((column) => column.replaceAll(hoistSource, from));
      from = this.#state.emit(`SELECT *, ${list.join(', ')} FROM ${from}`, span);
    }
    return from;
  }

  /** The FROM clause where there are no rows. */
  get clause(): string {
    let from = '';
    for (const columns of this.#layers) {
      from = ` FROM (SELECT ${from === '' ? '' : '*, '}${columns.join(', ')}${from})`;
    }
    return from;
  }
}
