/** Predicates that select records of a table to delete (pages "data soft delete", "update table command", "data purge"). */
import type { CompiledResult, RecordSelection, TextSpan } from '../types.ts';
import type { Operator, Query, Tabular } from './parser/tree/tree.ts';
import { invalid, type QueryError } from './refusal.ts';
import { rowIdColumn, type Relation } from './sql/relation.ts';
import type { CompileState } from './sql/state.ts';

interface Rule {
  readonly command: string;
  /** Operators by the kinds of our tree. */
  readonly operators: readonly Operator['kind'][];
  readonly operatorNames: string;
  /** Whether other tables may be looked at. */
  readonly otherTables: boolean;
  readonly functions: boolean;
}

const rules: Readonly<Record<RecordSelection['rule'], Rule>> = {
  delete: {
    command: '.delete table records',
    operators: ['extend', 'filter', 'project', 'sort', 'take'],
    operatorNames: 'where, extend, project, order by and take',
    otherTables: false,
    functions: true,
  },
  purge: {
    command: '.purge table records',
    operators: ['filter'],
    operatorNames: 'where',
    otherTables: false,
    functions: false,
  },
  // The documentation's own examples join with a second table here.
  update: {
    command: '.update table',
    operators: ['extend', 'filter', 'join', 'project', 'sort', 'take'],
    operatorNames: 'where, extend, project, order by, take and semi joins',
    otherTables: true,
    functions: true,
  },
};

const systemFunctions: ReadonlySet<string> = new Set([
  'cursor_after',
  'cursor_before_or_at',
  'cursor_current',
  'current_cursor',
  'extent_id',
  'extent_tags',
  'ingestion_time',
]);

/** @throws QueryError at the place that breaks a rule */
export function checkSelection(query: Query, selection: RecordSelection): void {
  const rule = rules[selection.rule];
  const source = query.statements.findLast((statement) => statement.kind === 'query')?.source;
  if (source === undefined) return;
  const lets = new Map<string, Tabular>();
  for (const statement of query.statements) {
    if (statement.kind === 'letTabular') lets.set(statement.name, statement.value);
  }
  const { operators, head } = unrolled(source, lets);
  if (head.kind !== 'table' || head.name !== selection.table) {
    throw broken(rule, `starts with the table itself, '${selection.table}'`, head.span);
  }
  const other = operators.find(({ kind }) => !rule.operators.includes(kind));
  if (other !== undefined) throw broken(rule, `has the operators ${rule.operatorNames} only`, other.span);
  const filters = operators.filter(({ kind }) => kind === 'filter');
  if (filters.length === 0) throw broken(rule, 'has at least one where', source.span);
  const second = filters[1];
  if (selection.rule === 'purge' && second !== undefined) {
    throw broken(rule, 'has one where; combine conditions with and', second.span);
  }
  // A `let` that the predicate does not use is looked at as well: `.update` has the rows to append there.
  if (selection.rule === 'update') return;
  visit(query, (node) => {
    if (!rule.otherTables && node['kind'] === 'table' && node['name'] !== selection.table) {
      throw broken(rule, `refers to no table but '${selection.table}'`, node['span'] as TextSpan);
    }
    if (!rule.functions && node['kind'] === 'call' && systemFunctions.has(String(node['name']))) {
      throw broken(rule, 'uses no system functions', node['span'] as TextSpan);
    }
  });
}

/** The row ids that the compiled predicate gives. @throws QueryError when it gives something else than records */
export function selectedRows(
  relation: Relation,
  selection: RecordSelection,
  state: CompileState,
  span: TextSpan,
): CompiledResult {
  if (relation.rowIds !== true)
    throw broken(rules[selection.rule], `keeps the records of '${selection.table}'`, span);
  return {
    sql: `${state.with()}SELECT ${rowIdColumn} FROM ${relation.from}`,
    columns: [{ name: '$row', type: 'long' }],
  };
}

function unrolled(
  source: Tabular,
  lets: ReadonlyMap<string, Tabular>,
): { readonly operators: readonly Operator[]; readonly head: Tabular } {
  const operators: Operator[] = [];
  const seen = new Set<string>();
  let head = source;
  for (;;) {
    if (head.kind === 'pipe') {
      operators.unshift(head.operator);
      head = head.input;
      continue;
    }
    const named = head.kind === 'name' && !seen.has(head.name) ? lets.get(head.name) : undefined;
    if (named === undefined || head.kind !== 'name') return { operators, head };
    seen.add(head.name);
    head = named;
  }
}

/** Calls `look` for every node of our tree below a value. */
function visit(value: unknown, look: (node: Readonly<Record<string, unknown>>) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, look);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const node = value as Readonly<Record<string, unknown>>;
  if (typeof node['kind'] === 'string') look(node);
  for (const child of Object.values(node)) visit(child, look);
}

function broken(rule: Rule, what: string, span: TextSpan): QueryError {
  return invalid(`The predicate of ${rule.command} ${what}`, span);
}
