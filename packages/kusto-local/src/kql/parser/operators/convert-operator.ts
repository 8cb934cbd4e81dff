/** The pipe operators, by the parser's kind of node: the table is the list of those that are executed. */
import { unsupported } from '../../refusal.ts';
import { convertEvaluate, pluginNames } from './convert-evaluate.ts';
import { convertParseKv } from './convert-parse-kv.ts';
import { convertParse } from './convert-parse.ts';
import { convertMvApply, convertMvExpand } from './convert-expand.ts';
import { convertJoin, convertLookup } from './convert-join.ts';
import { convertPartition } from './convert-partition.ts';
import { convertAs, convertSample, convertSampleDistinct, convertTopHitters } from './convert-sample.ts';
import { convertMakeSeries } from './convert-series.ts';
import { convertSummarize } from './convert-summarize.ts';
import { convertTopNested } from './convert-top-nested.ts';
import { convertUnion } from './convert-union.ts';
import type { Converter } from '../converter.ts';
import { boundColumns, extendItems, oneColumnEach, outputColumns } from '../output-columns.ts';
import { checkParameters, required } from '../parameters.ts';
import type { SyntaxNode } from '../syntax.ts';
import type { Operator, SortKey } from '../tree/tree.ts';
import { visualization } from '../visualization.ts';

export interface OperatorDefinition {
  /** The names it has in KQL. */
  readonly names: readonly string[];
  /** undefined: the operator leaves the rows as they are. */
  readonly convert: (node: SyntaxNode, converter: Converter) => Operator | undefined;
}

function sortKey(node: SyntaxNode, converter: Converter): SortKey {
  const ordered = node.kind === 'OrderedExpression';
  const ordering = ordered ? node.child('Ordering') : undefined;
  const descending = ordering?.child('AscOrDescKeyword')?.text !== 'asc';
  const nulls = ordering?.child('NullsClause')?.child('FirstOrLastKeyword')?.text ?? '';
  return {
    expression: converter.expression(ordered ? required(node, 'Expression') : node),
    descending,
    // asc puts nulls first and desc puts them last (sort operator's documentation).
    nullsFirst: nulls === '' ? !descending : nulls === 'first',
    span: node.span,
  };
}

const select: OperatorDefinition['convert'] = (node) => ({
  kind: 'select',
  columns: outputColumns(node),
  span: node.span,
});

function extending(kind: 'extend' | 'serialize'): OperatorDefinition['convert'] {
  return (node, converter) => ({
    kind,
    items: extendItems(node.list('Expressions'), boundColumns(node), converter),
    columns: outputColumns(node),
    span: node.span,
  });
}

function distinct(node: SyntaxNode, converter: Converter): Operator {
  checkParameters(node, {});
  const columns = outputColumns(node);
  const { span } = node;
  const expressions = node.list('Expressions');
  const items = expressions.some((item) => item.kind === 'StarExpression')
    ? columns.map((column) => ({
        expression: { kind: 'column', name: column.name, type: column.type, span } as const,
        columns: [column],
      }))
    : oneColumnEach(expressions, boundColumns(node), converter);
  return { kind: 'distinct', items, span };
}

export const operatorDefinitions: Readonly<Record<string, OperatorDefinition>> = {
  AsOperator: {
    names: ['as'],
    convert: convertAs,
  },
  CountOperator: {
    names: ['count'],
    convert: (node) => {
      checkParameters(node, {});
      return { kind: 'count', columns: outputColumns(node), span: node.span };
    },
  },
  DistinctOperator: { names: ['distinct'], convert: distinct },
  EvaluateOperator: {
    names: ['evaluate', ...pluginNames.map((name) => `evaluate ${name}`)],
    convert: convertEvaluate,
  },
  ExtendOperator: { names: ['extend'], convert: extending('extend') },
  FilterOperator: {
    names: ['where', 'filter'],
    convert: (node, converter) => {
      checkParameters(node, {});
      return {
        kind: 'filter',
        condition: converter.expression(required(node, 'Condition')),
        span: node.span,
      };
    },
  },
  GetSchemaOperator: {
    names: ['getschema'],
    convert: (node) => ({ kind: 'getschema', columns: outputColumns(node), span: node.span }),
  },
  InvokeOperator: {
    names: ['invoke'],
    convert: (node, converter) => {
      const call = required(node, 'Function');
      const name = call.symbol?.name ?? call.child('Name')?.text ?? '';
      return { kind: 'invoke', invocation: converter.invocation(call, name, true), span: node.span };
    },
  },
  JoinOperator: { names: ['join'], convert: convertJoin },
  MakeSeriesOperator: { names: ['make-series'], convert: convertMakeSeries },
  ParseKvOperator: { names: ['parse-kv'], convert: convertParseKv },
  ParseOperator: { names: ['parse'], convert: convertParse('parse') },
  ParseWhereOperator: { names: ['parse-where'], convert: convertParse('parse-where') },
  LookupOperator: { names: ['lookup'], convert: convertLookup },
  MvApplyOperator: {
    names: ['mv-apply'],
    convert: (node, converter) => convertMvApply(node, converter, convertOperator),
  },
  MvExpandOperator: { names: ['mv-expand', 'mvexpand'], convert: convertMvExpand },
  PartitionOperator: {
    names: ['partition'],
    convert: (node, converter) => convertPartition(node, converter, convertOperator),
  },
  ProjectAwayOperator: { names: ['project-away'], convert: select },
  ProjectKeepOperator: { names: ['project-keep'], convert: select },
  ProjectOperator: {
    names: ['project'],
    convert: (node, converter) => ({
      kind: 'project',
      items: oneColumnEach(node.list('Expressions'), boundColumns(node), converter),
      span: node.span,
    }),
  },
  ProjectRenameOperator: {
    names: ['project-rename'],
    convert: (node) => ({ kind: 'rename', columns: outputColumns(node), span: node.span }),
  },
  ProjectReorderOperator: { names: ['project-reorder'], convert: select },
  RenderOperator: {
    names: ['render'],
    convert: (node, converter) => {
      converter.visualization = visualization(node);
      return undefined;
    },
  },
  SampleDistinctOperator: { names: ['sample-distinct'], convert: convertSampleDistinct },
  SampleOperator: { names: ['sample'], convert: convertSample },
  SerializeOperator: { names: ['serialize'], convert: extending('serialize') },
  SortOperator: {
    names: ['sort', 'order'],
    convert: (node, converter) => {
      checkParameters(node, {});
      return {
        kind: 'sort',
        keys: node.list('Expressions').map((key) => sortKey(key, converter)),
        span: node.span,
      };
    },
  },
  SummarizeOperator: { names: ['summarize'], convert: convertSummarize },
  TakeOperator: {
    names: ['take', 'limit'],
    convert: (node, converter) => {
      checkParameters(node, {});
      return { kind: 'take', count: converter.expression(required(node, 'Expression')), span: node.span };
    },
  },
  TopHittersOperator: { names: ['top-hitters'], convert: convertTopHitters },
  TopNestedOperator: { names: ['top-nested'], convert: convertTopNested },
  TopOperator: {
    names: ['top'],
    convert: (node, converter) => {
      checkParameters(node, {});
      return {
        kind: 'top',
        count: converter.expression(required(node, 'Expression')),
        key: sortKey(required(node, 'ByExpression'), converter),
        span: node.span,
      };
    },
  },
  UnionOperator: {
    names: ['union'],
    convert: (node, converter) => ({
      kind: 'union',
      parts: convertUnion(node, converter),
      span: node.span,
    }),
  },
};

/** `MvExpandOperator` -> `mv-expand`: how an operator that is not executed is called in the refusal. */
export function operatorName(kind: string): string {
  return kind
    .replace(/(?:(?<=Reduce)By)?(?:Operator|Expression)$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '-')
    .toLowerCase();
}

export function convertOperator(node: SyntaxNode, converter: Converter): Operator | undefined {
  const definition = operatorDefinitions[node.kind];
  if (definition === undefined) throw unsupported(`the operator '${operatorName(node.kind)}'`, node.span);
  return definition.convert(node, converter);
}
