/** Tabular expressions and their operators: from the bound syntax tree to our own. */
import { invalid, unsupported } from '../refusal.ts';
import { convertJoin } from './convert-join.ts';
import { convertSummarize } from './convert-summarize.ts';
import type { Converter } from './converter.ts';
import { literalType, parseString } from './literals.ts';
import { boundColumns, extendItems, oneColumnEach, outputColumns } from './output-columns.ts';
import { checkParameters } from './parameters.ts';
import type { SyntaxNode } from './syntax.ts';
import type { LiteralExpression, Operator, SortKey, Tabular } from './tree.ts';

function required(node: SyntaxNode, role: string): SyntaxNode {
  const child = node.child(role);
  if (child === undefined) throw invalid(`the operator is incomplete (${node.kind})`, node.span);
  return child;
}

function sortKey(node: SyntaxNode, converter: Converter): SortKey {
  const ordered = node.kind === 'OrderedExpression';
  const ordering = ordered ? node.child('Ordering') : undefined;
  const descending = ordering?.child('AscOrDescKeyword')?.text !== 'asc';
  const nulls = ordering?.child('NullsClause')?.child('FirstOrLastKeyword')?.text;
  return {
    expression: converter.expression(ordered ? required(node, 'Expression') : node),
    descending,
    // asc puts nulls first and desc puts them last (sort operator's documentation).
    nullsFirst: nulls === undefined || nulls === '' ? !descending : nulls === 'first',
    span: node.span,
  };
}

const operatorNames: Readonly<Record<string, string>> = {
  ConsumeOperator: 'consume',
  EvaluateOperator: 'evaluate',
  ExternalDataExpression: 'externaldata',
  FacetOperator: 'facet',
  FindOperator: 'find',
  ForkOperator: 'fork',
  InvokeOperator: 'invoke',
  LookupOperator: 'lookup',
  MakeSeriesOperator: 'make-series',
  MvApplyOperator: 'mv-apply',
  MvExpandOperator: 'mv-expand',
  ParseKvOperator: 'parse-kv',
  ParseOperator: 'parse',
  ParseWhereOperator: 'parse-where',
  PartitionOperator: 'partition',
  ReduceByOperator: 'reduce',
  SampleDistinctOperator: 'sample-distinct',
  SampleOperator: 'sample',
  ScanOperator: 'scan',
  SearchOperator: 'search',
  TopHittersOperator: 'top-hitters',
  TopNestedOperator: 'top-nested',
};

function unionOthers(node: SyntaxNode, converter: Converter): readonly Tabular[] {
  checkParameters(node, { kind: ['outer'], isfuzzy: ['false'] });
  return node.list('Expressions').map((item) => {
    if (/[*]/.test(item.text) && item.kind === 'NameReference') {
      throw unsupported('a union of tables by wildcard', item.span);
    }
    return convertTabular(item, converter);
  });
}

function convertOperator(node: SyntaxNode, converter: Converter): Operator | undefined {
  const { span } = node;
  switch (node.kind) {
    case 'FilterOperator':
      checkParameters(node, {});
      return { kind: 'filter', condition: converter.expression(required(node, 'Condition')), span };
    case 'ProjectOperator':
      return {
        kind: 'project',
        items: oneColumnEach(node.list('Expressions'), boundColumns(node), converter),
        span,
      };
    case 'ProjectAwayOperator':
    case 'ProjectKeepOperator':
    case 'ProjectReorderOperator':
      return { kind: 'select', columns: outputColumns(node), span };
    case 'ProjectRenameOperator':
      return { kind: 'rename', columns: outputColumns(node), span };
    case 'ExtendOperator':
      return {
        kind: 'extend',
        items: extendItems(node.list('Expressions'), boundColumns(node), converter),
        columns: outputColumns(node),
        span,
      };
    case 'SerializeOperator':
      return {
        kind: 'serialize',
        items: extendItems(node.list('Expressions'), boundColumns(node), converter),
        columns: outputColumns(node),
        span,
      };
    case 'TakeOperator':
      checkParameters(node, {});
      return { kind: 'take', count: converter.expression(required(node, 'Expression')), span };
    case 'CountOperator':
      checkParameters(node, {});
      if (node.child('AsIdentifier') !== undefined) throw unsupported("'count as'", span);
      return { kind: 'count', columns: outputColumns(node), span };
    case 'DistinctOperator': {
      checkParameters(node, {});
      const columns = outputColumns(node);
      const expressions = node.list('Expressions');
      const items = expressions.some((item) => item.kind === 'StarExpression')
        ? columns.map((column) => ({
            expression: { kind: 'column', name: column.name, type: column.type, span } as const,
            columns: [column],
          }))
        : oneColumnEach(expressions, boundColumns(node), converter);
      return { kind: 'distinct', items, span };
    }
    case 'SortOperator':
      checkParameters(node, {});
      return {
        kind: 'sort',
        keys: node.list('Expressions').map((key) => sortKey(key, converter)),
        span,
      };
    case 'TopOperator':
      checkParameters(node, {});
      return {
        kind: 'top',
        count: converter.expression(required(node, 'Expression')),
        key: sortKey(required(node, 'ByExpression'), converter),
        span,
      };
    case 'SummarizeOperator':
      return convertSummarize(node, converter);
    case 'JoinOperator':
      return convertJoin(node, converter);
    case 'UnionOperator':
      return { kind: 'union', others: unionOthers(node, converter), columns: outputColumns(node), span };
    case 'GetSchemaOperator':
      return { kind: 'getschema', columns: outputColumns(node), span };
    case 'AsOperator':
      checkParameters(node, {});
      return { kind: 'as', span };
    case 'RenderOperator':
      converter.visualization = visualization(node);
      return undefined;
    default:
      throw unsupported(`the operator '${operatorNames[node.kind] ?? node.kind}'`, span);
  }
}

/** The `Visualization` property as the service answers it: JSON text with the chart and its properties. */
function visualization(node: SyntaxNode): string {
  const chart: Record<string, unknown> = { Visualization: node.child('ChartType')?.text ?? 'table' };
  for (const property of node.child('WithClause')?.list('Properties') ?? []) {
    const name = property.child('Name')?.text ?? '';
    const value = property.child('Expression');
    const text = value === undefined ? '' : value.text;
    chart[name.charAt(0).toUpperCase() + name.slice(1)] =
      value !== undefined && literalType(value.kind) === 'string' ? parseString(text) : text;
  }
  return JSON.stringify(chart);
}

function convertDataTable(node: SyntaxNode, converter: Converter): Tabular {
  const columns = outputColumns(node);
  const values = node.list('Values').map((value): LiteralExpression => {
    const expression = converter.expression(value);
    if (expression.kind === 'literal') return expression;
    throw unsupported('a datatable value that is not a literal', value.span);
  });
  if (columns.length === 0 || values.length % columns.length !== 0) {
    throw invalid('the number of values is not a multiple of the number of columns', node.span);
  }
  return { kind: 'datatable', columns, values, span: node.span };
}

function convertTableCall(node: SyntaxNode, converter: Converter): Tabular {
  const name = node.symbol?.name ?? node.child('Name')?.text ?? '';
  const args = node.child('ArgumentList')?.list('Expressions') ?? [];
  const first = args[0];
  if (name === 'table' && first !== undefined && args.length === 1) {
    const argument = converter.expression(first);
    if (argument.kind === 'literal' && typeof argument.value === 'string') {
      return { kind: 'table', name: argument.value, span: node.span };
    }
    throw unsupported('table() with a name that is not a literal', node.span);
  }
  if (converter.functions.has(name)) {
    return { kind: 'apply', invocation: converter.invocation(node, name), span: node.span };
  }
  throw unsupported(`the tabular function '${name}'`, node.span);
}

function convertName(node: SyntaxNode): Tabular {
  const { symbol } = node;
  if (symbol?.kind === 'Table') return { kind: 'table', name: symbol.name, span: node.span };
  if (symbol?.kind === 'Variable' || symbol?.kind === 'Parameter') {
    return { kind: 'name', name: symbol.name, span: node.span };
  }
  throw unsupported(`'${node.text.slice(0, 60)}' as a table`, node.span);
}

/** @throws QueryError when the node uses what this endpoint does not execute */
export function convertTabular(node: SyntaxNode, converter: Converter): Tabular {
  const { span } = node;
  switch (node.kind) {
    case 'PipeExpression': {
      const input = convertTabular(required(node, 'Expression'), converter);
      const operator = convertOperator(required(node, 'Operator'), converter);
      return operator === undefined ? input : { kind: 'pipe', input, operator, span };
    }
    case 'ParenthesizedExpression':
    case 'MaterializeExpression':
      return convertTabular(required(node, 'Expression'), converter);
    case 'NameReference':
      return convertName(node);
    case 'FunctionCallExpression':
      return convertTableCall(node, converter);
    case 'DataTableExpression':
      return convertDataTable(node, converter);
    case 'PrintOperator':
      return {
        kind: 'print',
        items: oneColumnEach(node.list('Expressions'), boundColumns(node), converter),
        span,
      };
    case 'RangeOperator': {
      const [column] = outputColumns(node);
      if (column === undefined) throw invalid('range has no column', span);
      return {
        kind: 'range',
        column,
        from: converter.expression(required(node, 'From')),
        to: converter.expression(required(node, 'To')),
        step: converter.expression(required(node, 'Step')),
        span,
      };
    }
    case 'UnionOperator':
      return { kind: 'unionAll', sources: unionOthers(node, converter), columns: outputColumns(node), span };
    default:
      throw unsupported(`'${operatorNames[node.kind] ?? node.text.slice(0, 60)}' as a source of rows`, span);
  }
}
