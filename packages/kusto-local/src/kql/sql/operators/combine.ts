/** The operators that match the rows of two tables: join and lookup. */
import type { Column, TextSpan } from '../../../types.ts';
import { unsupported } from '../../refusal.ts';
import { equals } from '../expressions/comparison.ts';
import type { Context } from '../context.ts';
import type { Relation, RelationColumn } from '../relation.ts';
import { Identifiers, rowIdColumn } from '../relation.ts';
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

function sidesContext(input: OperatorInput, left: Relation, right: Relation): Context {
  return { ...rowContext(input).context, row: undefined, sides: { left, right } };
}

/** A key that is null meets nothing, not even another null: `==` of nulls does not hold. */
function keyCondition(
  operator: OperatorOf<'join' | 'lookup'>,
  input: OperatorInput,
  left: Relation,
  right: Relation,
): string {
  const context = sidesContext(input, left, right);
  const conditions = operator.keys.map((key) => {
    const a = context.compiler.expression(key.left, context);
    const b = context.compiler.expression(key.right, context);
    if (a.type === 'dynamic' || b.type === 'dynamic') {
      throw unsupported(`a ${operator.kind} by a dynamic value`, operator.span);
    }
    return equals(a, b, true, operator.span).sql;
  });
  if (conditions.length === 0) throw unsupported(`a ${operator.kind} without keys`, operator.span);
  return conditions.join(' AND ');
}

export function join(operator: OperatorOf<'join'>, input: OperatorInput): Relation {
  const left = input.input;
  const right = input.compiler.tabular(operator.right, input.state, input.scope);
  const on = keyCondition(operator, input, left, right);
  const semi = existence[operator.flavor];
  if (semi !== undefined) return existenceJoin(operator, input, left, right, on, semi);
  const outer = outerJoins[operator.flavor];
  if (outer === undefined) throw unsupported(`join kind=${operator.flavor}`, operator.span);
  const leftFrom = operator.flavor === 'innerunique' ? oneOfEachKey(operator, input, left, right) : left.from;
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

/** As an inner or left outer join, but the right side's keys do not come twice (lookup operator's documentation). */
export function lookup(operator: OperatorOf<'lookup'>, input: OperatorInput): Relation {
  const left = input.input;
  const right = input.compiler.tabular(operator.right, input.state, input.scope);
  const on = keyCondition(operator, input, left, right);
  const outer = operator.flavor === 'leftouter';
  const keys = new Set(operator.keys.flatMap(({ right: key }) => (key.kind === 'column' ? [key.name] : [])));
  const sides = [
    ...left.columns.map((column) => ({ column, sql: `l.${column.sql}` })),
    ...right.columns
      .filter((column) => !keys.has(column.name))
      .map((column) => ({ column, sql: padded('r', column, outer) })),
  ];
  const columns = align(operator.columns, sides, operator.span);
  const list = sides.map((side, index) => `${side.sql} AS ${columns[index]?.sql ?? side.column.sql}`);
  const from = input.state.emit(
    `SELECT ${list.join(', ')} FROM ${left.from} AS l ${outer ? 'LEFT JOIN' : 'JOIN'} ${right.from} AS r ON ${on}`,
    operator.span,
  );
  return { from, columns, records: false, order: [] };
}

/** innerunique: of the left rows with the same key, any one takes part. */
function oneOfEachKey(
  operator: OperatorOf<'join'>,
  input: OperatorInput,
  left: Relation,
  right: Relation,
): string {
  const context = sidesContext(input, left, right);
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
  if (kept.rowIds === true) list.push(`${k}.${rowIdColumn}`);
  const from = input.state.emit(
    `SELECT ${list.join(', ')} FROM ${kept.from} AS ${k} WHERE ${semi.negated ? 'NOT ' : ''}EXISTS (SELECT 1 FROM ${other.from} AS ${o} WHERE ${on})`,
    operator.span,
  );
  return { from, columns, records: false, order: [], ...(kept.rowIds === true ? { rowIds: true } : {}) };
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
