import type { TextSpan } from '../../../types.ts';
import type { Operator, OutputItem } from '../../parser/tree/tree.ts';
import { QueryError } from '../../refusal.ts';
import type { Compiler, Context } from '../context.ts';
import { Hoisting } from '../context.ts';
import { conform } from '../expressions/conversions.ts';
import type { Relation, RelationColumn } from '../relation.ts';
import { carried, Identifiers } from '../relation.ts';
import type { CompileState, Scope } from '../state.ts';
import type { Value } from '../value.ts';

/** What an operator's compilation is given. */
export interface OperatorInput {
  readonly input: Relation;
  readonly state: CompileState;
  readonly scope: Scope;
  readonly compiler: Compiler;
}

export type OperatorOf<Kind extends Operator['kind']> = Operator & { readonly kind: Kind };

/** A context for expressions over the rows, and what has to be computed before them. */
export function rowContext(input: OperatorInput): { readonly context: Context; readonly hoisting: Hoisting } {
  const hoisting = new Hoisting(input.state);
  return {
    context: {
      compiler: input.compiler,
      state: input.state,
      scope: input.scope,
      row: input.input,
      hoist: hoisting.hoist,
    },
    hoisting,
  };
}

/** A context where there are no rows: a value that every row shares. */
export function constantContext(input: Omit<OperatorInput, 'input'>): Context {
  const { compiler, state, scope } = input;
  return {
    compiler,
    state,
    scope,
    row: undefined,
    hoist: () => {
      throw new QueryError('SEM0001', 'a random value is not supported where no rows are (let, take)', {
        start: 0,
        length: 0,
      });
    },
  };
}

export interface Item {
  readonly column: RelationColumn;
  readonly value: Value;
}

/** Each item's value in the type that the binder gives its column. */
export function compileItems(
  items: readonly OutputItem[],
  context: Context,
  identifiers: Identifiers,
): readonly Item[] {
  return items.flatMap((item) => {
    const [column] = item.columns;
    if (column === undefined) return [];
    const { expression } = item;
    const compiled = context.compiler.expression(expression, context);
    return [
      {
        column: identifiers.column(column.name, column.type),
        value: conform(compiled, column.type, expression.span),
      },
    ];
  });
}

export function selectList(items: readonly Item[]): readonly string[] {
  return items.map((item) =>
    item.value.sql === item.column.sql ? item.column.sql : `${item.value.sql} AS ${item.column.sql}`,
  );
}

/** Keeps, drops, reorders or renames columns: rows stay as they are. */
export function choose(
  input: OperatorInput,
  pairs: readonly { readonly from: RelationColumn; readonly name: string }[],
  span: TextSpan,
): Relation {
  const identifiers = new Identifiers();
  const columns: RelationColumn[] = [];
  const list = pairs.map(({ from, name }) => {
    const column = identifiers.column(name, from.type);
    columns.push(column);
    return from.sql === column.sql ? column.sql : `${from.sql} AS ${column.sql}`;
  });
  const selected = [...list, ...carried(input.input)];
  const from = input.state.emit(
    `SELECT ${selected.length === 0 ? 'NULL AS "$none"' : selected.join(', ')} FROM ${input.input.from}`,
    span,
  );
  return { ...input.input, from, columns };
}
