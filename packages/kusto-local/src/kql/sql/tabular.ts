/** Tabular expressions to SQL: one common table expression an operator. */
import { inBody, invalid, unsupported } from '../refusal.ts';
import type { Expression, Invocation, Operator, Statement, Tabular } from '../parser/tree/tree.ts';
import { isTabular, pipedInput } from '../parser/tree/tree.ts';
import type { Compiler, Context } from './context.ts';
import { compileExpression } from './expressions/expression.ts';
import { applyOperator } from './operators/apply-operator.ts';
import { constantContext } from './operators/operator.ts';
import { range } from './operators/range.ts';
import { union } from './operators/union.ts';
import { datatable, print, table } from './sources.ts';
import type { Relation } from './relation.ts';
import type { Binding, CompileState } from './state.ts';
import { resultRelation, viewRelation } from './stored-objects.ts';
import { Scope } from './state.ts';

export const compiler: Compiler = { expression: compileExpression, tabular: compileTabular, enter };

/** What withsource calls rows that come through a `let` is not documented. */
function unnamed(relation: Relation): Relation {
  return { ...relation, source: undefined };
}

/** A value under a name, with the rows that it belongs to. */
function bindScalar(expression: Expression, context: Context): Binding {
  let touched = false;
  const touch = () => {
    touched = true;
    context.touch?.();
  };
  const hoist = (sql: string) => {
    touch();
    return context.hoist(sql);
  };
  const value = compileExpression(expression, { ...context, filter: false, touch, hoist });
  return { kind: 'scalar', value, row: touched ? context.row : undefined };
}

/** Binds a `let` of the query or of a function's body. */
export function bindStatement(statement: Statement, context: Context): void {
  const { state, scope } = context;
  if (statement.kind === 'letScalar') {
    let volatile = false;
    const hoist = () => {
      volatile = true;
      return 'NULL';
    };
    const { name, value: expression } = statement;
    const bound = bindScalar(expression, { ...context, hoist });
    scope.bind(name, volatile ? { kind: 'calculation', expression, scope: context.scope } : bound);
  } else if (statement.kind === 'letTabular') {
    let relation = unnamed(compileTabular(statement.value, state, scope));
    if (statement.materialized) {
      relation = { ...relation, from: state.emit(`SELECT * FROM ${relation.from}`, statement.span, true) };
    }
    scope.bind(statement.name, { kind: 'tabular', relation });
  } else if (statement.kind === 'function') {
    scope.bind(statement.name, { kind: 'function', scope });
  } else {
    throw unsupported('this statement here', statement.span);
  }
}

/** The names that a function's body sees besides its own: those of the place where it is declared; none for a stored one. */
function declaredScope(invocation: Invocation, caller: Scope): Scope {
  if (invocation.stored === true) return new Scope();
  const declared = caller.find(invocation.name);
  if (declared?.kind !== 'function') throw invalid(`'${invocation.name}' is not a function`, invocation.span);
  return new Scope(declared.scope);
}

function enter(invocation: Invocation, context: Context): Scope {
  const { state, scope: caller } = context;
  const scope = declaredScope(invocation, caller);
  for (const [index, name] of invocation.parameters.entries()) {
    const argument = invocation.args[index];
    if (argument === undefined) continue;
    scope.bind(
      name,
      isTabular(argument)
        ? { kind: 'tabular', relation: unnamed(compileTabular(argument, state, caller)) }
        : bindScalar(argument, context),
    );
  }
  inBody(invocation, () => {
    for (const statement of invocation.body.statements) bindStatement(statement, { ...context, scope });
  });
  return scope;
}

function apply(invocation: Invocation, state: CompileState, outer: Scope): Relation {
  const scope = enter(invocation, constantContext({ state, scope: outer, compiler }));
  const { result } = invocation.body;
  if (!isTabular(result)) throw unsupported('a value where a table is expected', invocation.span);
  const relation = inBody(invocation, () => compileTabular(result, state, scope));
  return invocation.view ? { ...relation, source: invocation.name } : unnamed(relation);
}

/** The function's first argument is the rows. */
function invoke(invocation: Invocation, rows: Relation, state: CompileState, outer: Scope): Relation {
  const scope = new Scope(outer);
  scope.bind(pipedInput, { kind: 'tabular', relation: rows });
  return apply(invocation, state, scope);
}

/** @throws QueryError when the expression uses what this endpoint does not execute */
export function compileTabular(source: Tabular, state: CompileState, scope: Scope): Relation {
  switch (source.kind) {
    case 'table':
      return table(source.name, state, source.span);
    case 'tableOf': {
      const name = compileExpression(source.name, constantContext({ state, scope, compiler }));
      if (typeof name.literal !== 'string') {
        throw unsupported('table() with a name that is not a literal', source.span);
      }
      return table(name.literal, state, source.span);
    }
    case 'view':
      if (source.part) state.readsPartOfView = true;
      return viewRelation(source.name, state, source.span, {
        tabular: compileTabular,
        statement: (statement, inner, names) =>
          bindStatement(statement, constantContext({ state: inner, scope: names, compiler })),
      });
    case 'storedResult':
      return resultRelation(source.name, state, source.span);
    case 'name': {
      const binding = scope.find(source.name);
      if (binding?.kind === 'tabular') return binding.relation;
      throw invalid(`Failed to resolve table expression named '${source.name}'`, source.span);
    }
    case 'pipe': {
      // A loop, not a recursion: pipes lean to the left and may be many.
      const operators: Operator[] = [];
      let head: Tabular = source;
      while (head.kind === 'pipe') {
        operators.push(head.operator);
        head = head.input;
      }
      let input = compileTabular(head, state, scope);
      for (const operator of operators.reverse()) {
        input =
          operator.kind === 'invoke'
            ? invoke(operator.invocation, input, state, scope)
            : applyOperator(operator, { input, state, scope, compiler });
      }
      return input;
    }
    case 'print':
      return print(source, { state, scope, compiler });
    case 'datatable':
      return datatable(source, state);
    case 'range':
      return range(source, { state, scope, compiler });
    case 'unionAll':
      return union(undefined, source.parts, { state, scope, compiler }, source.span);
    case 'apply':
      return apply(source.invocation, state, scope);
    default:
      throw unsupported('this source of rows', { start: 0, length: 0 });
  }
}
