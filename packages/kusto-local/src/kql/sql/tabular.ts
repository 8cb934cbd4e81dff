/** Tabular expressions to SQL: one common table expression an operator. */
import type { TextSpan } from '../../types.ts';
import { KustoServiceError } from '../../errors.ts';
import { inBody, invalid, unsupported } from '../refusal.ts';
import type { Expression, Invocation, Operator, Statement, Tabular } from '../parser/tree.ts';
import { isTabular, pipedInput } from '../parser/tree.ts';
import type { Compiler, Context } from './context.ts';
import { Hoisting } from './context.ts';
import { conform } from './conversions.ts';
import { compileExpression } from './expression.ts';
import { join, lookup } from './operators/combine.ts';
import { mvApply, mvExpand } from './operators/expand.ts';
import { compileItems, constantContext, selectList } from './operators/operator.ts';
import type { OperatorInput } from './operators/operator.ts';
import { makeSeries } from './operators/make-series.ts';
import { parse } from './operators/parse.ts';
import { extend, project, rename, select } from './operators/project.ts';
import { range } from './operators/range.ts';
import { count, distinct, filter, getschema, sort, take, top } from './operators/rows.ts';
import { frozenFor, serialize } from './operators/serialize.ts';
import { partition } from './operators/partition.ts';
import { as, sample, sampleDistinct, topHitters } from './operators/sample.ts';
import { summarize } from './operators/summarize.ts';
import { topNested } from './operators/top-nested.ts';
import { union } from './operators/union.ts';
import type { Relation } from './relation.ts';
import { carried, Identifiers } from './relation.ts';
import type { Binding, CompileState } from './state.ts';
import { resultRelation, viewRelation } from './stored-objects.ts';
import { Scope } from './state.ts';
import { literalValue, quoteIdentifier } from './value.ts';

export const compiler: Compiler = { expression: compileExpression, tabular: compileTabular, enter };

function table(name: string, state: CompileState, span: TextSpan): Relation {
  const schema = state.database.tables.find((candidate) => candidate.name === name);
  if (schema === undefined) {
    throw new KustoServiceError({
      message: `Failed to resolve table expression named '${name}'`,
      code: 'BadRequest_TableNotExist',
      innerCode: 'SEM0100',
      span,
    });
  }
  const columns = schema.columns.map((column) => ({ ...column, sql: quoteIdentifier(column.name) }));
  const stored = state.tableSources.get(name) ?? schema.relation;
  const relation: Relation = { from: stored, columns, records: true, order: [], source: name };
  const list = [...columns.map((column) => column.sql), ...carried(relation)];
  return { ...relation, from: state.emit(`SELECT ${list.join(', ')} FROM ${stored}`, span) };
}

function applyOperator(operator: Operator, given: OperatorInput): Relation {
  const input = frozenFor(operator, given);
  switch (operator.kind) {
    case 'as':
      return as(operator, input);
    case 'count':
      return count(operator, input);
    case 'distinct':
      return distinct(operator, input);
    case 'extend':
      return extend(operator, input);
    case 'serialize':
      return serialize(operator, input);
    case 'filter':
      return filter(operator, input);
    case 'getschema':
      return getschema(operator, input);
    case 'join':
      return join(operator, input);
    case 'invoke': {
      const scope = new Scope(input.scope);
      scope.bind(pipedInput, { kind: 'tabular', relation: input.input });
      return apply(operator.invocation, input.state, scope);
    }
    case 'make-series':
      return makeSeries(operator, input);
    case 'parse':
      return parse(operator, input);
    case 'lookup':
      return lookup(operator, input);
    case 'mvApply':
      return mvApply(operator, input);
    case 'mvExpand':
      return mvExpand(operator, input);
    case 'partition':
      return partition(operator, input);
    case 'project':
      return project(operator, input);
    case 'rename':
      return rename(operator, input);
    case 'sample':
      return sample(operator, input);
    case 'sampleDistinct':
      return sampleDistinct(operator, input);
    case 'select':
      return select(operator, input);
    case 'sort':
      return sort(operator, input);
    case 'summarize':
      return summarize(operator, input);
    case 'take':
      return take(operator, input);
    case 'top':
      return top(operator, input);
    case 'topHitters':
      return topHitters(operator, input);
    case 'topNested':
      return topNested(operator, input);
    case 'union':
      return union(input.input, operator.parts, input, operator.span);
    default:
      throw unsupported('this operator', { start: 0, length: 0 });
  }
}

function print(source: Tabular & { readonly kind: 'print' }, state: CompileState, scope: Scope): Relation {
  const hoisting = new Hoisting(state);
  const context = { compiler, state, scope, row: undefined, hoist: hoisting.hoist };
  const items = compileItems(source.items, context, new Identifiers());
  const from = state.emit(`SELECT ${selectList(items).join(', ')}${hoisting.clause}`, source.span);
  return { from, columns: items.map((item) => item.column), records: false, order: [] };
}

function datatable(source: Tabular & { readonly kind: 'datatable' }, state: CompileState): Relation {
  const identifiers = new Identifiers();
  const columns = source.columns.map((column) => identifiers.column(column.name, column.type));
  const width = columns.length;
  const rows: string[] = [];
  for (let start = 0; start < source.values.length; start += width) {
    const cells = columns.map((column, index) => {
      const cell = source.values[start + index];
      if (cell === undefined) throw invalid('a row of the datatable is incomplete', source.span);
      return conform(literalValue(cell.type, cell.value), column.type, cell.span).sql;
    });
    rows.push(`(${[`${rows.length}`, ...cells].join(', ')})`);
  }
  const names = columns.map((column) => column.sql);
  if (rows.length === 0) {
    const list = columns.map((column) => `${literalValue(column.type, null).sql} AS ${column.sql}`);
    return {
      from: state.emit(`SELECT ${list.join(', ')} WHERE false`, source.span),
      columns,
      records: false,
      order: [],
    };
  }
  // The rows keep the order in which they are written.
  const ordinal = state.fresh('o');
  const from = state.emit(
    `SELECT * FROM (VALUES ${rows.join(', ')}) AS t(${[ordinal, ...names].join(', ')})`,
    source.span,
  );
  return { from, columns, records: false, order: [{ sql: ordinal, direction: 'ASC NULLS LAST' }] };
}

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
        input = applyOperator(operator, { input, state, scope, compiler });
      }
      return input;
    }
    case 'print':
      return print(source, state, scope);
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
