/** Which output columns an operator's expressions make, by what the binder says. */
import type { Column, TextSpan } from '../../types.ts';
import { unsupported } from '../refusal.ts';
import { nameOf } from './convert-expression.ts';
import type { Converter } from './converter.ts';
import type { BoundColumn, SyntaxNode } from './syntax.ts';
import type { OutputItem } from './tree/tree.ts';

/** @throws QueryError when the binder does not know a column's type or the schema depends on data */
export function outputColumns(node: SyntaxNode): readonly Column[] {
  const { type } = node;
  if (type?.kind !== 'tabular') throw unsupported(`'${node.text.slice(0, 60)}' as a table`, node.span);
  if (type.open) throw unsupported('a result whose columns depend on the data', node.span);
  return type.columns.map((column) => knownColumn(column, node.span));
}

export function boundColumns(node: SyntaxNode): readonly BoundColumn[] {
  return node.type?.kind === 'tabular' ? node.type.columns : [];
}

export function knownColumn(column: BoundColumn, span: TextSpan): Column {
  if (column.type === undefined)
    throw unsupported(`the column '${column.name}', whose type is not known,`, span);
  return { name: column.name, type: column.type };
}

/** The expression behind a name: `x = a + b` -> `a + b`. */
export function valueNode(node: SyntaxNode): SyntaxNode {
  if (node.kind === 'SimpleNamedExpression') return node.child('Expression') ?? node;
  if (node.kind === 'CompoundNamedExpression') return node.child('Expression') ?? node;
  return node;
}

/** Whether an expression makes several columns: the binder calls its result a tuple. */
function isTuple(node: SyntaxNode): boolean {
  return node.type?.kind === 'other' && node.type.name === 'tuple';
}

/** The names that `(a, b) = f(…)` gives. */
function namesGiven(node: SyntaxNode): readonly string[] {
  if (node.kind !== 'CompoundNamedExpression') return [];
  return (node.child('Names')?.list('Names') ?? []).map((name) => nameOf(name));
}

/**
 * One item for each column that a function of several values makes: `f(…)[0]`, `f(…)[1]`, … The binder gives such a column the
 * argument it belongs to as its source.
 */
function tupleItems(
  node: SyntaxNode,
  columns: readonly BoundColumn[],
  converter: Converter,
): readonly OutputItem[] {
  const inner = valueNode(node);
  const call = converter.expression(inner);
  const args = inner.child('ArgumentList')?.list('Expressions') ?? [];
  const made = args.flatMap((arg) => columns.filter((column) => column.source === arg.identity));
  const names = namesGiven(node);
  if (names.length > 0 && names.length < made.length)
    throw unsupported('fewer names than the function has values', node.span);
  if (made.length < 2 || names.some((name, index) => made[index]?.name !== name))
    throw unsupported('an expression here that makes several columns', node.span);
  return made.map((column, index) => ({
    expression: {
      kind: 'index',
      object: call,
      index: { kind: 'literal', type: 'long', value: BigInt(index), span: node.span },
      span: node.span,
    },
    columns: [knownColumn(column, node.span)],
  }));
}

/** Items that make exactly one column each, in order: `project`, `print`, `distinct`, a summarize's keys. */
export function oneColumnEach(
  nodes: readonly SyntaxNode[],
  columns: readonly BoundColumn[],
  converter: Converter,
): readonly OutputItem[] {
  const items: OutputItem[] = [];
  for (const node of nodes) {
    const inner = valueNode(node);
    if (isTuple(inner)) {
      items.push(...tupleItems(node, columns, converter));
      continue;
    }
    const column = columns[items.length];
    if (column === undefined) throw unsupported('this list of columns', node.span);
    items.push({ expression: converter.expression(inner), columns: [knownColumn(column, node.span)] });
  }
  const [first] = nodes;
  if (first !== undefined && items.length !== columns.length) {
    throw unsupported('an expression here that makes several columns', first.span);
  }
  return items;
}

/** The items of `extend`: each replaces or adds the column whose source the binder says it is. */
export function extendItems(
  nodes: readonly SyntaxNode[],
  columns: readonly BoundColumn[],
  converter: Converter,
): readonly OutputItem[] {
  const items: OutputItem[] = [];
  for (const node of nodes) {
    const value = valueNode(node);
    if (isTuple(value)) {
      items.push(...tupleItems(node, columns, converter));
      continue;
    }
    const expression = converter.expression(value);
    // By identity: in the body of an inlined function, places in the text may coincide with others.
    const made = columns.find((column) => column.source === value.identity);
    if (made !== undefined) items.push({ expression, columns: [knownColumn(made, node.span)] });
    else if (node.kind === 'SimpleNamedExpression' || expression.kind !== 'column') {
      throw unsupported('this expression of extend (assigned twice?)', node.span);
    }
  }
  return items;
}
