/** `top-nested`. */
import { unsupported } from '../../refusal.ts';
import type { Converter } from '../converter.ts';
import { boundColumns, knownColumn, valueNode } from '../output-columns.ts';
import { checkParameters, required } from '../parameters.ts';
import type { BoundColumn, SyntaxNode } from '../syntax.ts';
import type { NestedClause } from '../tree/tree-tables.ts';
import type { Operator, OutputItem } from '../tree/tree.ts';

function item(node: SyntaxNode, column: BoundColumn | undefined, converter: Converter): OutputItem {
  if (column === undefined) throw unsupported('the columns of this top-nested', node.span);
  return { expression: converter.expression(valueNode(node)), columns: [knownColumn(column, node.span)] };
}

export function convertTopNested(node: SyntaxNode, converter: Converter): Operator {
  checkParameters(node, {});
  const columns = boundColumns(node);
  const clauses = node.list('Clauses').map((clause, at): NestedClause => {
    const others = clause.child('WithOthersClause');
    // What the row says at the levels below, and whether there is one when nothing is left, is not documented.
    if (others !== undefined) throw unsupported("top-nested 'with others'", others.span);
    const count = clause.child('Expression');
    const by = required(clause, 'ByExpression');
    const ordered = by.kind === 'OrderedExpression';
    return {
      count: count === undefined ? undefined : converter.expression(count),
      of: item(required(clause, 'OfExpression'), columns[2 * at], converter),
      by: item(ordered ? required(by, 'Expression') : by, columns[2 * at + 1], converter),
      descending: !ordered || by.child('Ordering')?.child('AscOrDescKeyword')?.text !== 'asc',
    };
  });
  if (columns.length !== 2 * clauses.length) throw unsupported('the columns of this top-nested', node.span);
  return { kind: 'topNested', clauses, span: node.span };
}
