/** Which output columns an operator's expressions make, by what the binder says. */
import type { Column, TextSpan } from '../../types.ts';
import { unsupported } from '../refusal.ts';
import type { Converter } from './converter.ts';
import type { BoundColumn, SyntaxNode } from './syntax.ts';
import type { OutputItem } from './tree.ts';

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
  if (node.kind === 'CompoundNamedExpression') {
    throw unsupported('a list of names for one expression', node.span);
  }
  return node;
}

/** Items that make exactly one column each, in order: `project`, `print`, `distinct`, a summarize's keys. */
export function oneColumnEach(
  nodes: readonly SyntaxNode[],
  columns: readonly BoundColumn[],
  converter: Converter,
): readonly OutputItem[] {
  const [first] = nodes;
  if (first !== undefined && nodes.length !== columns.length) {
    throw unsupported('an expression here that makes several columns', first.span);
  }
  return nodes.map((node, index) => {
    const column = columns[index];
    if (column === undefined) throw unsupported('this list of columns', node.span);
    return {
      expression: converter.expression(valueNode(node)),
      columns: [knownColumn(column, node.span)],
    };
  });
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
