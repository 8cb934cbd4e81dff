/** What the compilation of one query remembers. */
import type { DatabaseSchema, TextSpan } from '../../types.ts';
import type { Expression } from '../parser/tree/tree.ts';
import { invalid } from '../refusal.ts';
import type { Query } from '../parser/tree/tree.ts';
import type { Relation } from './relation.ts';
import type { Value } from './value.ts';

export type Binding =
  /** A function of the query: its body sees the names of the place where it is declared. */
  | { readonly kind: 'function'; readonly scope: Scope }
  /** A `let` that draws a random value: the name stands for the calculation, so each mention draws anew (page "let statement"). */
  | { readonly kind: 'calculation'; readonly expression: Expression; readonly scope: Scope }
  | {
      readonly kind: 'scalar';
      readonly value: Value;
      /** The rows whose columns the value is made of: it has no meaning over others. */
      readonly row?: Relation | undefined;
    }
  | { readonly kind: 'tabular'; readonly relation: Relation };

/** Names in sight: `let` statements and the parameters of an inlined function. */
export class Scope {
  readonly #names = new Map<string, Binding>();
  readonly #parent: Scope | undefined;

  constructor(parent?: Scope) {
    this.#parent = parent;
  }

  bind(name: string, binding: Binding): void {
    this.#names.set(name, binding);
  }

  find(name: string): Binding | undefined {
    return this.#names.get(name) ?? this.#parent?.find(name);
  }
}

/** SQL longer than this is refused: it comes from inlining that multiplies. */
const maxSqlLength = 8 * 1024 * 1024;

/** Subqueries of a row inside one another: each multiplies DuckDB's planning. */
const maxDepth = 8;

export class CompileState {
  readonly database: DatabaseSchema;
  /** The table whose records are to be told apart: see {@link Relation.rowIds}. */
  identified: string | undefined;
  usesNow = false;
  usesCursor = false;
  filtersByCursor = false;
  /** materialized_view() is used: its rows would have ingestion times that are not known here. */
  readsPartOfView = false;
  /** The converted query of a materialized view; undefined when there is none of this name. */
  viewQuery: ((name: string) => Query | undefined) | undefined;
  /** What is read for a table instead of the table itself, by its name: inside of a materialized view. */
  readonly tableSources = new Map<string, string>();
  #ctes: string[] = [];
  #depth = 0;
  #length = 0;
  #names = 0;

  constructor(database: DatabaseSchema) {
    this.database = database;
  }

  /** A fresh name for a hidden column. */
  fresh(prefix: string): string {
    this.#names += 1;
    return `"$${prefix}${this.#names}"`;
  }

  /** Adds a SELECT as a common table expression and gives its name. */
  emit(select: string, span: TextSpan, materialized = false): string {
    this.#length += select.length;
    if (this.#length > maxSqlLength) throw invalid('the query is too large once it is expanded', span);
    this.#names += 1;
    const name = `q${this.#names}`;
    // In a subquery of a row DuckDB (1.5) fails to copy some plans into each place that names them.
    const kept = materialized || this.#depth > 0;
    this.#ctes.push(`${name} AS ${kept ? '' : 'NOT '}MATERIALIZED (${select})`);
    return name;
  }

  /** Whether what is emitted now depends on a row of another relation. */
  get isNested(): boolean {
    return this.#depth > 0;
  }

  /**
   * Collects what the given compilation emits apart, as the head (`WITH …`) of a subquery of its own: such SELECTs may name the
   * rows around it.
   */
  nested<Result>(compile: () => Result, span: TextSpan): { readonly result: Result; readonly head: string } {
    if (this.#depth >= maxDepth) throw invalid('subqueries nest too deep', span);
    const outer = this.#ctes;
    this.#ctes = [];
    this.#depth += 1;
    try {
      return { result: compile(), head: this.with() };
    } finally {
      this.#ctes = outer;
      this.#depth -= 1;
    }
  }

  /** All of them, as the head of the statement. */
  with(): string {
    return this.#ctes.length === 0 ? '' : `WITH ${this.#ctes.join(',\n')}\n`;
  }
}
