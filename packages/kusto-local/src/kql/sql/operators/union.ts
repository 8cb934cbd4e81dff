/** `union`: rows of several tables, one below the other. */
import type { Column, KustoType, TextSpan } from '../../../types.ts';
import { matchesPattern } from '../../parser/operators/convert-union.ts';
import type { Tabular } from '../../parser/tree/tree.ts';
import type { Union } from '../../parser/tree/tree-tables.ts';
import { invalid, QueryError, unsupported } from '../../refusal.ts';
import type { OrderKey, Relation } from '../relation.ts';
import { extentColumn, Identifiers, ingestionColumn, orderBy, sequenceColumn } from '../relation.ts';
import { nullOf, quoteText } from '../value.ts';
import type { OperatorInput } from './operator.ts';

interface UnionColumn extends Column {
  /** The name it has in the legs. */
  readonly from: string;
}

/**
 * One column for each name and type: a name that comes with several types makes `name_type` columns, at the place of the first.
 * An inner union keeps the names that every leg has (union operator's documentation).
 */
function unionColumns(legs: readonly Relation[], inner: boolean, span: TextSpan): readonly UnionColumn[] {
  const types = new Map<string, Set<KustoType>>();
  for (const leg of legs) {
    for (const { name, type } of leg.columns) {
      const known = types.get(name);
      if (known === undefined) types.set(name, new Set([type]));
      else known.add(type);
    }
  }
  const columns: UnionColumn[] = [];
  for (const [name, all] of types) {
    if (inner && !legs.every((leg) => leg.columns.some((column) => column.name === name))) continue;
    if (all.size === 1) {
      for (const type of all) columns.push({ name, type, from: name });
      continue;
    }
    if (inner) throw unsupported(`an inner union of columns '${name}' with different types`, span);
    for (const type of all) {
      const made = `${name}_${type}`;
      // The service numbers such a name; the parser numbers the other one.
      if (types.has(made)) throw unsupported(`a union with two columns to be called '${made}'`, span);
      columns.push({ name: made, type, from: name });
    }
  }
  return columns;
}

function sourceName(leg: Relation, span: TextSpan): string {
  if (leg.source !== undefined) return leg.source;
  const message = 'withsource has no name for these rows here: give them one with as';
  throw new QueryError('SEM0001', message, span);
}

function sameColumns(made: readonly Column[], bound: readonly Column[]): boolean {
  return (
    made.length === bound.length &&
    made.every((column, at) => column.name === bound[at]?.name && column.type === bound[at].type)
  );
}

/** The tables that the legs name; a wildcard names those whose names match, in the database's order. */
function resolveLegs(
  parts: Union,
  input: Omit<OperatorInput, 'input'>,
): readonly { readonly relation: Relation; readonly span: TextSpan }[] {
  const { compiler, state, scope } = input;
  return parts.legs.flatMap((leg) => {
    if (leg.kind !== 'wildcard') return [{ relation: compiler.tabular(leg, state, scope), span: leg.span }];
    const tables = state.database.tables.filter((table) => matchesPattern(leg.pattern, table.name));
    if (tables.length === 0) throw invalid(`no table's name is '${leg.pattern}'`, leg.span);
    return tables.map((table) => {
      const source: Tabular = { kind: 'table', name: table.name, span: leg.span };
      return { relation: compiler.tabular(source, state, scope), span: leg.span };
    });
  });
}

export function union(
  first: Relation | undefined,
  parts: Union,
  input: Omit<OperatorInput, 'input'>,
  span: TextSpan,
): Relation {
  const { state } = input;
  const legs = [...(first === undefined ? [] : [{ relation: first, span }]), ...resolveLegs(parts, input)];
  const relations = legs.map((leg) => leg.relation);
  const made = unionColumns(relations, parts.inner, span);
  const { withSource } = parts;
  if (made.some((column) => column.name === withSource)) {
    throw unsupported(`withsource with the name of a column, '${withSource ?? ''}',`, span);
  }
  const source: readonly UnionColumn[] =
    withSource === undefined ? [] : [{ name: withSource, type: 'string', from: '' }];
  const names = [...source, ...made];
  if (names.length === 0) throw unsupported('a union without columns', span);
  if (parts.columns !== undefined && !sameColumns(names, parts.columns)) {
    throw unsupported('the columns of this union', span);
  }
  const identifiers = new Identifiers();
  const columns = names.map((column) => identifiers.column(column.name, column.type));
  const records = relations.every((relation) => relation.records);
  // Each leg keeps its own order (union operator's documentation); the legs come one after the other.
  const sorted = relations.some((relation) => relation.order.length > 0);
  const [legKey, rowKey] = [state.fresh('o'), state.fresh('o')];
  const order: readonly OrderKey[] = sorted
    ? [
        { sql: legKey, direction: 'ASC NULLS LAST' },
        { sql: rowKey, direction: 'ASC NULLS LAST' },
      ]
    : [];
  const selects = legs.map(({ relation, span: place }, leg) => {
    const list = names.map(({ from, type }, at) => {
      const sql = columns[at]?.sql ?? '';
      if (withSource !== undefined && at === 0) return `${quoteText(sourceName(relation, place))} AS ${sql}`;
      const found = relation.columns.find((column) => column.name === from && column.type === type);
      return `${found?.sql ?? nullOf(type).sql} AS ${sql}`;
    });
    if (records) list.push(sequenceColumn, ingestionColumn, extentColumn);
    if (sorted) {
      list.push(`${leg} AS ${legKey}`, `row_number() OVER (${orderBy(relation).trim()}) AS ${rowKey}`);
    }
    return `SELECT ${list.join(', ')} FROM ${relation.from}`;
  });
  const from = state.emit(selects.join(' UNION ALL '), span);
  return { from, columns, records, order };
}
