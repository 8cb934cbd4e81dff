/** `as`, `sample`, `sample-distinct` and `top-hitters`. */
import { invalid, unsupported } from '../../refusal.ts';
import { nameOf } from '../convert-expression.ts';
import type { Converter } from '../converter.ts';
import { outputColumns } from '../output-columns.ts';
import { checkParameters, required } from '../parameters.ts';
import type { SyntaxNode } from '../syntax.ts';
import type { Operator } from '../tree/tree.ts';

export function convertAs(node: SyntaxNode): Operator {
  let materialized = false;
  for (const parameter of node.list('Parameters')) {
    const name = parameter.child('Name')?.text ?? '';
    if (name === 'hint.materialized') materialized = parameter.child('Expression')?.text === 'true';
    else if (!name.startsWith('hint.')) throw unsupported(`the parameter '${name}' of as`, parameter.span);
  }
  return { kind: 'as', name: nameOf(required(node, 'Name')), materialized, span: node.span };
}

export function convertSample(node: SyntaxNode, converter: Converter): Operator {
  checkParameters(node, {});
  return { kind: 'sample', count: converter.expression(required(node, 'Expression')), span: node.span };
}

export function convertSampleDistinct(node: SyntaxNode, converter: Converter): Operator {
  checkParameters(node, {});
  const [column] = outputColumns(node);
  if (column === undefined) throw invalid('sample-distinct has no column', node.span);
  return {
    kind: 'sampleDistinct',
    count: converter.expression(required(node, 'Expression')),
    of: converter.expression(required(node, 'OfExpression')),
    column,
    span: node.span,
  };
}

export function convertTopHitters(node: SyntaxNode, converter: Converter): Operator {
  checkParameters(node, {});
  const by = node.child('ByClause')?.child('Expression');
  return {
    kind: 'topHitters',
    count: converter.expression(required(node, 'Expression')),
    of: converter.expression(required(node, 'OfExpression')),
    by: by === undefined ? undefined : converter.expression(by),
    columns: outputColumns(node),
    span: node.span,
  };
}
