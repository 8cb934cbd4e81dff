/** `partition by`. */
import { invalid, unsupported } from '../../refusal.ts';
import type { Converter } from '../converter.ts';
import type { SyntaxNode } from '../syntax.ts';
import { pipeOver, subqueryOperators, subtableName } from '../subquery.ts';
import type { Operator } from '../tree/tree.ts';

/** The operators that the strategies native and shuffle take (partition operator's documentation). */
const transformations: ReadonlySet<string> = new Set([
  'CountOperator',
  'DistinctOperator',
  'ExtendOperator',
  'FilterOperator',
  'MakeSeriesOperator',
  'MvApplyOperator',
  'MvExpandOperator',
  'ParseOperator',
  'ParseWhereOperator',
  'ProjectAwayOperator',
  'ProjectKeepOperator',
  'ProjectOperator',
  'ProjectRenameOperator',
  'ProjectReorderOperator',
  'ReduceByOperator',
  'SampleDistinctOperator',
  'SampleOperator',
  'ScanOperator',
  'SearchOperator',
  'SerializeOperator',
  'SortOperator',
  'SummarizeOperator',
  'TakeOperator',
  'TopHittersOperator',
  'TopNestedOperator',
  'TopOperator',
]);

interface Hints {
  readonly strategy: string;
  readonly materialized: boolean;
}

function readHints(node: SyntaxNode): Hints {
  let strategy = 'legacy';
  let materialized = false;
  for (const parameter of node.list('Parameters')) {
    const name = parameter.child('Name')?.text ?? '';
    const value = parameter.child('Expression')?.text ?? '';
    if (name === 'hint.strategy') {
      if (value !== 'legacy' && value !== 'native' && value !== 'shuffle') {
        throw invalid(`partition has no strategy '${value}'`, parameter.span);
      }
      strategy = value;
    } else if (name === 'hint.materialized') {
      materialized = value === 'true';
    } else if (!name.startsWith('hint.')) {
      throw unsupported(`the parameter '${name}' of partition`, parameter.span);
    }
  }
  return { strategy, materialized };
}

export function convertPartition(
  node: SyntaxNode,
  converter: Converter,
  convertOperator: (node: SyntaxNode, converter: Converter) => Operator | undefined,
): Operator {
  const { strategy, materialized } = readHints(node);
  const key = node.child('ByExpression');
  const operand = node.child('Operand');
  if (key?.symbol?.kind !== 'Column' || operand === undefined) {
    throw invalid('partition takes the name of a column', (key ?? node).span);
  }
  if (node.child('ScopeClause') !== undefined) throw unsupported("partition with 'in scope'", node.span);
  const shared = {
    kind: 'partition',
    key: key.symbol.name,
    strategy,
    materialized,
    span: node.span,
  } as const;
  if (operand.kind === 'PartitionQuery') {
    const query = operand.child('Query');
    if (query === undefined) throw invalid('partition has no subquery', operand.span);
    if (strategy !== 'legacy') {
      throw invalid(`a subquery with its own source needs the strategy legacy`, operand.span);
    }
    const outer = converter.partitionKey;
    converter.partitionKey = shared.key;
    try {
      return { ...shared, subquery: converter.tabular(query) };
    } finally {
      converter.partitionKey = outer;
    }
  }
  const subquery = operand.child('Subquery');
  if (subquery === undefined) throw invalid('partition has no subquery', operand.span);
  const operators = subqueryOperators(subquery);
  for (const operator of operators) {
    if (strategy !== 'legacy' && !transformations.has(operator.kind)) {
      throw invalid(`this operator is not for a partition with the strategy ${strategy}`, operator.span);
    }
    if (operator.kind === 'ForkOperator') throw invalid('fork is not for a partition', operator.span);
  }
  return {
    ...shared,
    subquery: pipeOver(
      { kind: 'name', name: subtableName, span: subquery.span },
      operators,
      converter,
      convertOperator,
    ),
  };
}
