/** The operators that bring several tables together: join and union. */
import type { Column, TextSpan } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import { equals } from '../comparison.ts';
import type { Context } from '../context.ts';
import type { Relation, RelationColumn } from '../relation.ts';
import { Identifiers } from '../relation.ts';
import type { CompileState } from '../state.ts';
import { duckTypes } from '../value.ts';
import type { OperatorInput, OperatorOf } from './operator.ts';
import { rowContext } from './operator.ts';

function padded(side: 'l' | 'r', column: RelationColumn, optional: boolean): string {
  const sql = `${side}.${column.sql}`;
  // The absent side of an outer join has nulls, and '' where Kusto has no null.
  return optional && column.type === 'string' ? `coalesce(${sql}, '')` : sql;
}

const existence: Readonly<Record<string, { readonly keep: 'left' | 'right'; readonly negated: boolean }>> = {
  anti: { keep: 'left', negated: true },
  leftanti: { keep: 'left', negated: true },
  leftantisemi: { keep: 'left', negated: true },
  leftsemi: { keep: 'left', negated: false },
  rightanti: { keep: 'right', negated: true },
  rightantisemi: { keep: 'right', negated: true },
  rightsemi: { keep: 'right', negated: false },
};

const outerJoins: Readonly<
  Record<string, { readonly sql: string; readonly left: boolean; readonly right: boolean }>
> = {
  fullouter: { sql: 'FULL JOIN', left: true, right: true },
  inner: { sql: 'JOIN', left: false, right: false },
  innerunique: { sql: 'JOIN', left: false, right: false },
  leftouter: { sql: 'LEFT JOIN', left: false, right: true },
  rightouter: { sql: 'RIGHT JOIN', left: true, right: false },
};

export function join(operator: OperatorOf<'join'>, input: OperatorInput): Relation {
  const left = input.input;
  const right = input.compiler.tabular(operator.right, input.state, input.scope);
  const { context: row } = rowContext(input);
  const context: Context = { ...row, row: undefined, sides: { left, right } };
  const conditions = operator.keys.map((key) => {
    const a = context.compiler.expression(key.left, context);
    const b = context.compiler.expression(key.right, context);
    if (a.type === 'dynamic' || b.type === 'dynamic')
      throw unsupported('a join by a dynamic value', operator.span);
    return equals(a, b, true, operator.span).sql;
  });
  if (conditions.length === 0) throw unsupported('a join without keys', operator.span);
  const on = conditions.join(' AND ');
  const semi = existence[operator.flavor];
  if (semi !== undefined) return existenceJoin(operator, input, left, right, on, semi);
  const outer = outerJoins[operator.flavor];
  if (outer === undefined) throw unsupported(`join kind=${operator.flavor}`, operator.span);
  const leftFrom =
    operator.flavor === 'innerunique' ? oneOfEachKey(operator, input, left, context) : left.from;
  const sides = [
    ...left.columns.map((column) => ({ column, sql: padded('l', column, outer.left) })),
    ...right.columns.map((column) => ({ column, sql: padded('r', column, outer.right) })),
  ];
  const columns = align(operator.columns, sides, operator.span);
  const list = sides.map((side, index) => `${side.sql} AS ${columns[index]?.sql ?? side.column.sql}`);
  const from = input.state.emit(
    `SELECT ${list.join(', ')} FROM ${leftFrom} AS l ${outer.sql} ${right.from} AS r ON ${on}`,
    operator.span,
  );
  return { from, columns, records: false, order: [] };
}

/** innerunique: of the left rows with the same key, any one takes part. */
function oneOfEachKey(
  operator: OperatorOf<'join'>,
  input: OperatorInput,
  left: Relation,
  context: Context,
): string {
  const keys = operator.keys.map((key) => context.compiler.expression(key.left, context).sql);
  return input.state.emit(
    `SELECT l.* FROM ${left.from} AS l QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')}) = 1`,
    operator.span,
  );
}

function existenceJoin(
  operator: OperatorOf<'join'>,
  input: OperatorInput,
  left: Relation,
  right: Relation,
  on: string,
  semi: { readonly keep: 'left' | 'right'; readonly negated: boolean },
): Relation {
  const kept = semi.keep === 'left' ? left : right;
  const other = semi.keep === 'left' ? right : left;
  const [k, o] = semi.keep === 'left' ? ['l', 'r'] : ['r', 'l'];
  const sides = kept.columns.map((column) => ({ column, sql: `${k}.${column.sql}` }));
  const columns = align(operator.columns, sides, operator.span);
  const list = sides.map((side, index) => `${side.sql} AS ${columns[index]?.sql ?? side.column.sql}`);
  const from = input.state.emit(
    `SELECT ${list.join(', ')} FROM ${kept.from} AS ${k} WHERE ${semi.negated ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${other.from} AS ${o} WHERE ${on})`,
    operator.span,
  );
  return { from, columns, records: false, order: [] };
}

/** The binder's names for the columns, by position; both must have the same number of columns and types. */
function align(
  names: readonly Column[],
  sides: readonly { readonly column: RelationColumn }[],
  span: TextSpan,
): readonly RelationColumn[] {
  const identifiers = new Identifiers();
  if (names.length !== sides.length) throw unsupported('the columns of this join', span);
  return names.map((name, index) => {
    if (sides[index]?.column.type !== name.type) throw unsupported('the columns of this join', span);
    return identifiers.column(name.name, name.type);
  });
}

export function union(
  relations: readonly Relation[],
  names: readonly Column[],
  state: CompileState,
  span: TextSpan,
): Relation {
  const identifiers = new Identifiers();
  const columns = names.map((column) => identifiers.column(column.name, column.type));
  const records = relations.every((relation) => relation.records);
  const legs = relations.map((relation) => {
    const unused = new Set(relation.columns.map((column) => column.name));
    const list = columns.map((column) => {
      const found = relation.columns.find((candidate) => candidate.name === column.name);
      if (found === undefined) {
        return column.type === 'string'
          ? `'' AS ${column.sql}`
          : `CAST(NULL AS ${duckTypes[column.type]}) AS ${column.sql}`;
      }
      if (found.type !== column.type) {
        throw unsupported(`a union of columns named '${column.name}' with different types`, span);
      }
      unused.delete(found.name);
      return `${found.sql} AS ${column.sql}`;
    });
    if (unused.size > 0) {
      throw unsupported(`a union whose columns (${[...unused].join(', ')}) have different types`, span);
    }
    const hidden = records ? ', "$seq", "$ingested", "$extent"' : '';
    return `SELECT ${list.join(', ')}${hidden} FROM ${relation.from}`;
  });
  const from = state.emit(legs.join(' UNION ALL '), span);
  return { from, columns, records, order: [] };
}
