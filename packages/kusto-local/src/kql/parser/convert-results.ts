/** `fork` and `facet`: one expression with several results. Their legs share the rows by a name of our own. */
import { invalid, unsupported } from '../refusal.ts';
import { convertOperator } from './operators/convert-operator.ts';
import type { Converter } from './converter.ts';
import { pipeOver, subqueryOperators } from './subquery.ts';
import type { SyntaxNode } from './syntax.ts';
import type { Operator, Statement, Tabular } from './tree/tree.ts';

/** The operators that a leg of fork takes (fork operator's documentation). */
const forkOperators: ReadonlySet<string> = new Set([
  'AsOperator',
  'CountOperator',
  'ExtendOperator',
  'FilterOperator',
  'MvExpandOperator',
  'ParseOperator',
  'ProjectAwayOperator',
  'ProjectKeepOperator',
  'ProjectOperator',
  'ProjectRenameOperator',
  'ProjectReorderOperator',
  'ReduceByOperator',
  'SortOperator',
  'SummarizeOperator',
  'TakeOperator',
  'TopNestedOperator',
  'TopOperator',
]);

/** The values of a column, with how often each comes. */
function facetColumn(node: SyntaxNode, source: Tabular): Tabular {
  const { symbol, type, span } = node;
  if (symbol?.kind !== 'Column' || type?.kind !== 'scalar') {
    throw invalid('facet takes names of columns', span);
  }
  if (type.type === 'dynamic') throw unsupported('facet by a dynamic value', span);
  const operator: Operator = {
    kind: 'summarize',
    by: [
      {
        expression: { kind: 'column', name: symbol.name, type: type.type, span },
        columns: [{ name: symbol.name, type: type.type }],
      },
    ],
    aggregates: [
      {
        expression: { kind: 'call', name: 'count', args: [], type: 'long', span },
        columns: [{ name: `count_${symbol.name}`, type: 'long' }],
      },
    ],
    span,
  };
  return { kind: 'pipe', input: source, operator, span };
}

function legs(node: SyntaxNode, source: Tabular, converter: Converter): readonly Tabular[] {
  if (node.kind === 'FacetOperator') {
    const filter = node.child('WithClause')?.child('Expression');
    const columns = node.list('Expressions').map((column) => facetColumn(column, source));
    if (filter === undefined) return columns;
    return [pipeOver(source, subqueryOperators(filter), converter, convertOperator), ...columns];
  }
  return node.list('Expressions').map((leg) => {
    const subquery = leg.child('Expression');
    if (subquery === undefined) throw invalid('fork has an empty subquery', leg.span);
    const operators = subqueryOperators(subquery);
    for (const operator of operators) {
      if (!forkOperators.has(operator.kind)) {
        throw invalid('this operator is not for a subquery of fork', operator.span);
      }
    }
    return pipeOver(source, operators, converter, convertOperator);
  });
}

/** The statements that stand for an expression which ends with fork or facet; undefined for any other. */
export function convertResults(
  expression: SyntaxNode,
  converter: Converter,
): readonly Statement[] | undefined {
  const operator = expression.kind === 'PipeExpression' ? expression.child('Operator') : undefined;
  const input = expression.child('Expression');
  if (operator === undefined || input === undefined) return undefined;
  // It answers with an empty table, whose columns are not documented.
  if (operator.kind === 'ConsumeOperator') throw unsupported("the operator 'consume'", operator.span);
  if (operator.kind !== 'FacetOperator' && operator.kind !== 'ForkOperator') return undefined;
  const name = `$rows ${expression.span.start}`;
  const source: Tabular = { kind: 'name', name, span: operator.span };
  return [
    {
      kind: 'letTabular',
      name,
      value: converter.tabular(input),
      materialized: false,
      span: expression.span,
    },
    ...legs(operator, source, converter).map((leg): Statement => ({
      kind: 'query',
      source: leg,
      span: leg.span,
    })),
  ];
}
