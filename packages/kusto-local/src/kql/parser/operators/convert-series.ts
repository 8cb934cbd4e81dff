/** `make-series`: from the bound syntax tree to our own. */
import { invalid, unsupported } from '../../refusal.ts';
import { typeOf } from '../convert-expression.ts';
import type { Converter } from '../converter.ts';
import { boundColumns, oneColumnEach, valueNode } from '../output-columns.ts';
import { checkParameters } from '../parameters.ts';
import type { BoundColumn, SyntaxNode } from '../syntax.ts';
import type { MakeSeriesOperator, SeriesAggregate } from '../tree/tree-series.ts';

function child(node: SyntaxNode | undefined, role: string, span: SyntaxNode['span']): SyntaxNode {
  const found = node?.child(role);
  if (found === undefined) throw invalid('make-series is incomplete', span);
  return found;
}

function aggregate(node: SyntaxNode, column: BoundColumn | undefined, converter: Converter): SeriesAggregate {
  const value = valueNode(node.kind === 'MakeSeriesExpression' ? child(node, 'Expression', node.span) : node);
  const type = typeOf(value);
  if (type === 'unknown' || column === undefined) {
    throw unsupported('an aggregation of make-series that makes several columns', node.span);
  }
  const fallback = node.child('DefaultExpression')?.child('Expression');
  return {
    expression: converter.expression(value),
    name: column.name,
    type,
    default: fallback === undefined ? undefined : converter.expression(fallback),
  };
}

type Bounds = Pick<MakeSeriesOperator, 'from' | 'inRange' | 'step' | 'to'>;

function bounds(node: SyntaxNode, converter: Converter): Bounds {
  const clause = child(node, 'RangeClause', node.span);
  if (clause.kind === 'MakeSeriesInRangeClause') {
    const [from, to, step] = clause.child('Arguments')?.list('Expressions') ?? [];
    if (from === undefined || to === undefined || step === undefined) {
      throw invalid('range() of make-series takes a start, a stop and a step', clause.span);
    }
    return {
      inRange: true,
      from: converter.expression(from),
      to: converter.expression(to),
      step: converter.expression(step),
    };
  }
  const optional = (role: string) => {
    const found = clause.child(role)?.child('Expression');
    return found === undefined ? undefined : converter.expression(found);
  };
  return {
    inRange: false,
    from: optional('MakeSeriesFromClause'),
    to: optional('MakeSeriesToClause'),
    step: converter.expression(child(clause.child('MakeSeriesStepClause'), 'Expression', clause.span)),
  };
}

export function convertMakeSeries(node: SyntaxNode, converter: Converter): MakeSeriesOperator {
  const parameters = checkParameters(node, { kind: ['nonempty'] });
  const columns = boundColumns(node);
  const byNodes = node.child('ByClause')?.list('Expressions') ?? [];
  const nodes = node.list('Aggregates');
  if (columns.length !== byNodes.length + nodes.length + 1) {
    throw unsupported('the columns of this make-series', node.span);
  }
  const axis = valueNode(child(node.child('OnClause'), 'Expression', node.span));
  return {
    kind: 'make-series',
    by: oneColumnEach(byNodes, columns.slice(0, byNodes.length), converter),
    aggregates: nodes.map((item, index) => aggregate(item, columns[byNodes.length + index], converter)),
    axis: converter.expression(axis),
    axisColumn: { name: columns.at(-1)?.name ?? '', type: 'dynamic' },
    ...bounds(node, converter),
    nonEmpty: parameters.get('kind') === 'nonempty',
    span: node.span,
  };
}
