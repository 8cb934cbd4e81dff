import { unsupported } from '../../refusal.ts';
import type { Converter } from '../converter.ts';
import { boundColumns, knownColumn, oneColumnEach, valueNode } from '../output-columns.ts';
import { checkParameters } from '../parameters.ts';
import type { SyntaxNode } from '../syntax.ts';
import type { Operator, OutputItem } from '../tree/tree.ts';

/** Whether an aggregate makes several columns (arg_max, percentiles, …): the binder calls its result a tuple. */
function isTuple(node: SyntaxNode): boolean {
  return node.type?.kind === 'other' && node.type.name === 'tuple';
}

/** How many columns a tuple makes; undefined when it depends on the other columns (a star). */
function tupleWidth(node: SyntaxNode): number | undefined {
  const args = node.child('ArgumentList')?.list('Expressions') ?? [];
  if (args.some((argument) => argument.kind === 'StarExpression')) return undefined;
  const name = node.symbol?.name ?? '';
  if (name === 'percentiles' || name === 'percentilesw')
    return args.length - (name === 'percentiles' ? 1 : 2);
  return args.length;
}

export function convertSummarize(node: SyntaxNode, converter: Converter): Operator {
  checkParameters(node, {});
  const columns = boundColumns(node);
  const byNodes = node.child('ByClause')?.list('Expressions') ?? [];
  const by = oneColumnEach(byNodes, columns.slice(0, byNodes.length), converter);
  const nodes = node.list('Aggregates');
  const widths = nodes.map((item) => {
    if (item.kind === 'CompoundNamedExpression') return tupleWidth(item.child('Expression') ?? item);
    const value = valueNode(item);
    return isTuple(value) ? tupleWidth(value) : 1;
  });
  const stars = widths.filter((width) => width === undefined).length;
  if (stars > 1) throw unsupported('more than one aggregate over all columns (*)', node.span);
  const known = widths.reduce<number>((sum, width) => sum + (width ?? 0), 0);
  const starWidth = columns.length - byNodes.length - known;
  let next = byNodes.length;
  const aggregates = nodes.map((item, index): OutputItem => {
    const width = widths[index] ?? starWidth;
    const made = columns.slice(next, next + width);
    next += width;
    const value =
      item.kind === 'CompoundNamedExpression' ? (item.child('Expression') ?? item) : valueNode(item);
    return {
      expression: converter.expression(value),
      columns: made.map((column) => knownColumn(column, item.span)),
    };
  });
  if (next !== columns.length) throw unsupported('the columns of this summarize', node.span);
  return { kind: 'summarize', by, aggregates, span: node.span };
}
