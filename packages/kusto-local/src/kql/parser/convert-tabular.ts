/** Sources of rows and the pipes over them: from the bound syntax tree to our own. */
import { invalid, unsupported } from '../refusal.ts';
import { convertEntity } from './convert-entity.ts';
import { convertOperator, operatorName } from './operators/convert-operator.ts';
import { convertUnion } from './operators/convert-union.ts';
import type { Converter } from './converter.ts';
import { required } from './parameters.ts';
import { DiscoveryNeeded } from './discovery-needed.ts';
import { boundColumns, oneColumnEach, outputColumns } from './output-columns.ts';
import { objectName } from './stored-objects.ts';
import type { SyntaxNode } from './syntax.ts';
import type { LiteralExpression, Operator, Tabular } from './tree/tree.ts';

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
    if (argument.kind === 'variable') return { kind: 'tableOf', name: argument, span: node.span };
    throw unsupported('table() with a name that is not a literal', node.span);
  }
  if (first !== undefined && (name === 'materialized_view' || name === 'stored_query_result')) {
    // The age that materialized_view() tolerates may be given too: a view is never behind here.
    const argument = converter.expression(first);
    const object = objectName(node, argument.kind === 'literal' ? argument.value : undefined);
    return name === 'materialized_view'
      ? { kind: 'view', name: object, part: true, span: node.span }
      : { kind: 'storedResult', name: object, span: node.span };
  }
  if (converter.functions.has(name) || converter.stored.calls(node, name)) {
    return { kind: 'apply', invocation: converter.invocation(node, name), span: node.span };
  }
  throw unsupported(`the tabular function '${name}'`, node.span);
}

function convertName(node: SyntaxNode, converter: Converter): Tabular {
  const { symbol } = node;
  // A function without parameters may stand without its brackets.
  if (
    symbol?.kind === 'Function' &&
    (converter.functions.has(symbol.name) || converter.stored.calls(node, symbol.name))
  ) {
    return { kind: 'apply', invocation: converter.invocation(node, symbol.name), span: node.span };
  }
  if (symbol?.kind === 'MaterializedView')
    return { kind: 'view', name: symbol.name, part: false, span: node.span };
  if (symbol?.kind === 'Table') return { kind: 'table', name: symbol.name, span: node.span };
  if (symbol?.kind === 'Variable' || symbol?.kind === 'Parameter') {
    return { kind: 'name', name: symbol.name, span: node.span };
  }
  throw unsupported(`'${node.text.slice(0, 60)}' as a table`, node.span);
}

/** A loop, not a recursion: pipes lean to the left and may be many. */
function convertPipe(node: SyntaxNode, converter: Converter): Tabular {
  const pipes: SyntaxNode[] = [];
  let head = node;
  while (head.kind === 'PipeExpression') {
    pipes.push(head);
    head = required(head, 'Expression');
  }
  let source = convertTabular(head, converter);
  for (const pipe of pipes.reverse()) {
    const operator: Operator | undefined = convertOperator(required(pipe, 'Operator'), converter);
    if (operator === undefined) continue;
    source = { kind: 'pipe', input: source, operator, span: pipe.span };
    if ((operator.kind === 'bag_unpack' || operator.kind === 'pivot') && operator.columns === undefined) {
      throw new DiscoveryNeeded(source);
    }
  }
  return source;
}

/** @throws QueryError when the node uses what this endpoint does not execute */
export function convertTabular(node: SyntaxNode, converter: Converter): Tabular {
  const { span } = node;
  switch (node.kind) {
    case 'PipeExpression':
      return convertPipe(node, converter);
    case 'ParenthesizedExpression':
    case 'MaterializeExpression':
      return convertTabular(required(node, 'Expression'), converter);
    case 'NameReference':
      return convertName(node, converter);
    case 'PathExpression':
      return convertEntity(node, converter);
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
    case 'ExternalDataExpression':
      throw unsupported('externaldata (queries reach no network)', span);
    case 'UnionOperator':
      return { kind: 'unionAll', parts: convertUnion(node, converter), span };
    default:
      throw unsupported(`'${operatorName(node.kind)}' as a source of rows`, span);
  }
}
