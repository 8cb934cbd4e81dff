import { invalid, unsupported } from '../../refusal.ts';
import type { Converter } from '../converter.ts';
import { outputColumns } from '../output-columns.ts';
import { checkParameters } from '../parameters.ts';
import type { SyntaxNode } from '../syntax.ts';
import type { Expression, JoinKey, Operator } from '../tree/tree.ts';

const flavors = [
  'anti',
  'fullouter',
  'inner',
  'innerunique',
  'leftanti',
  'leftantisemi',
  'leftouter',
  'leftsemi',
  'rightanti',
  'rightantisemi',
  'rightouter',
  'rightsemi',
] as const;

function side(expression: Expression, wanted: 'left' | 'right'): Expression | undefined {
  return expression.kind === 'column' && expression.side === wanted ? expression : undefined;
}

function joinKeys(expression: Expression): readonly JoinKey[] {
  if (expression.kind === 'column' && expression.side === undefined) {
    return [{ left: { ...expression, side: 'left' }, right: { ...expression, side: 'right' } }];
  }
  if (expression.kind === 'logical' && expression.operator === 'and') {
    return expression.operands.flatMap((operand) => joinKeys(operand));
  }
  if (expression.kind === 'binary' && expression.operator === '==') {
    const left = side(expression.left, 'left') ?? side(expression.right, 'left');
    const right = side(expression.right, 'right') ?? side(expression.left, 'right');
    if (left !== undefined && right !== undefined) return [{ left, right }];
  }
  throw unsupported("a join condition other than a column name or '$left.a == $right.b'", expression.span);
}

export function convertLookup(node: SyntaxNode, converter: Converter): Operator {
  const parameters = checkParameters(node, { kind: ['inner', 'leftouter'] });
  const right = node.child('Expression');
  const condition = node.child('LookupClause');
  if (right === undefined || condition === undefined) {
    throw invalid('lookup has no right side or no keys', node.span);
  }
  return {
    kind: 'lookup',
    flavor: parameters.get('kind') ?? 'leftouter',
    right: converter.tabular(right),
    keys: condition.list('Expressions').flatMap((item) => joinKeys(converter.expression(item))),
    columns: outputColumns(node),
    span: node.span,
  };
}

export function convertJoin(node: SyntaxNode, converter: Converter): Operator {
  const parameters = checkParameters(node, { kind: flavors });
  const right = node.child('Expression');
  const condition = node.child('ConditionClause');
  if (right === undefined) throw invalid('join has no right side', node.span);
  if (condition === undefined || condition.kind !== 'JoinOnClause') {
    throw unsupported("join without 'on'", node.span);
  }
  return {
    kind: 'join',
    // Without a kind, join is innerunique (join operator's documentation).
    flavor: parameters.get('kind') ?? 'innerunique',
    right: converter.tabular(right),
    keys: condition.list('Expressions').flatMap((item) => joinKeys(converter.expression(item))),
    columns: outputColumns(node),
    span: node.span,
  };
}
