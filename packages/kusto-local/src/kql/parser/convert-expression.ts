/** Scalar expressions: from the bound syntax tree to our own. */
import { convertBinAuto } from './bin-auto.ts';
import type { KustoType } from '../../types.ts';
import { invalid, unsupported } from '../refusal.ts';
import { isTabularNode } from './tabular-node.ts';
import type { Converter } from './converter.ts';
import { literalType, parseLiteral, parseString } from './literals/literals.ts';
import { partitionKeyName } from './subquery.ts';
import { literalJson } from './literals/dynamic-literal.ts';
import type { SyntaxNode } from './syntax.ts';
import type { Expression, ExpressionType, LiteralExpression } from './tree/tree.ts';

const aliases: Readonly<Record<string, KustoType>> = {
  bool: 'bool',
  boolean: 'bool',
  date: 'datetime',
  datetime: 'datetime',
  decimal: 'decimal',
  double: 'real',
  dynamic: 'dynamic',
  guid: 'guid',
  int: 'int',
  int32: 'int',
  int64: 'long',
  long: 'long',
  real: 'real',
  string: 'string',
  time: 'timespan',
  timespan: 'timespan',
  uuid: 'guid',
};

/** A type's name as KQL spells it, aliases too. */
export function expressionScalarType(name: string): KustoType | undefined {
  return aliases[name.toLowerCase()];
}

export function typeOf(node: SyntaxNode): ExpressionType {
  return node.type?.kind === 'scalar' ? node.type.type : 'unknown';
}

/** A name without KQL's brackets and quotes. */
export function nameOf(node: SyntaxNode): string {
  return unquoted(node.text);
}

function unquoted(text: string): string {
  const bracketed = /^\[\s*(["'@][\s\S]*)\]$/.exec(text);
  return bracketed?.[1] === undefined ? text : (parseString(bracketed[1].trim()) ?? text);
}

/** @throws QueryError when the node is no literal */
export function convertLiteral(node: SyntaxNode, converter: Converter): LiteralExpression {
  const expression = convertExpression(node, converter);
  if (expression.kind === 'literal') return expression;
  throw unsupported('a value that is not a literal, here,', node.span);
}

function literal(node: SyntaxNode, type: KustoType): LiteralExpression {
  const value = parseLiteral(type, node.text);
  if (value === undefined) throw unsupported(`the ${type} literal ${node.text.slice(0, 100)}`, node.span);
  return { kind: 'literal', type, value, span: node.span };
}

function required(node: SyntaxNode, role: string): SyntaxNode {
  const child = node.child(role);
  if (child === undefined) throw invalid(`the expression is incomplete (${node.kind})`, node.span);
  return child;
}

function negated(operand: Expression, node: SyntaxNode): Expression | undefined {
  if (operand.kind !== 'literal' || operand.value === null || operand.type === 'datetime') return undefined;
  // The least long has no counterpart: it overflows when the query runs.
  if (typeof operand.value === 'bigint' && BigInt.asIntN(64, -operand.value) !== -operand.value)
    return undefined;
  if (typeof operand.value === 'bigint') return { ...operand, value: -operand.value, span: node.span };
  if (typeof operand.value === 'number') return { ...operand, value: -operand.value, span: node.span };
  return undefined;
}

function convertUnary(node: SyntaxNode, converter: Converter): Expression {
  const operand = convertExpression(required(node, 'Expression'), converter);
  const operator = required(node, 'Operator').text === '-' ? '-' : '+';
  const folded = operator === '-' ? negated(operand, node) : undefined;
  return folded ?? { kind: 'unary', operator, operand, type: typeOf(node), span: node.span };
}

function logicalOperands(node: SyntaxNode, kind: string): readonly SyntaxNode[] {
  // A loop, not a recursion: a chain may have thousands of parts, and it leans to the left.
  const operands: SyntaxNode[] = [];
  let current = node;
  while (current.kind === kind) {
    operands.push(required(current, 'Right'));
    current = required(current, 'Left');
  }
  operands.push(current);
  return operands.reverse();
}

function convertBinary(node: SyntaxNode, converter: Converter): Expression {
  if (node.kind === 'AndExpression' || node.kind === 'OrExpression') {
    return {
      kind: 'logical',
      operator: node.kind === 'AndExpression' ? 'and' : 'or',
      operands: logicalOperands(node, node.kind).map((operand) => convertExpression(operand, converter)),
      span: node.span,
    };
  }
  return {
    kind: 'binary',
    operator: required(node, 'Operator').text.replaceAll(/\s+/g, ' '),
    left: convertExpression(required(node, 'Left'), converter),
    right: convertExpression(required(node, 'Right'), converter),
    type: typeOf(node),
    span: node.span,
  };
}

function convertIn(node: SyntaxNode, converter: Converter): Expression {
  const right = required(node, 'Right');
  const items = right.list('Expressions').map((item) => convertArgument(item, converter));
  return {
    kind: 'in',
    operator: required(node, 'Operator').text,
    left: convertExpression(required(node, 'Left'), converter),
    items,
    span: node.span,
  };
}

function convertName(node: SyntaxNode): Expression {
  const { symbol } = node;
  const type = typeOf(node);
  switch (symbol?.kind) {
    case 'Column':
      return { kind: 'column', name: symbol.name, type, span: node.span };
    case 'Variable':
    case 'Parameter':
    case 'QueryParameter':
      return { kind: 'variable', name: symbol.name, type, span: node.span };
    case undefined:
    default:
      throw unsupported(`the name '${node.text.slice(0, 100)}' here`, node.span);
  }
}

function convertPath(node: SyntaxNode, converter: Converter): Expression {
  const object = required(node, 'Expression');
  const selector = required(node, 'Selector');
  const side = object.text;
  if (side === '$left' || side === '$right') {
    return {
      kind: 'column',
      name: selector.symbol?.name ?? nameOf(selector),
      type: typeOf(selector),
      side: side === '$left' ? 'left' : 'right',
      span: node.span,
    };
  }
  if (typeOf(object) !== 'dynamic') throw unsupported('a member of a value that is not dynamic', node.span);
  if (selector.kind === 'NameReference') {
    return {
      kind: 'member',
      object: convertExpression(object, converter),
      name: nameOf(selector),
      span: node.span,
    };
  }
  // `bag.[expression]`: as `bag[expression]`.
  if (selector.kind === 'BracketedExpression') return convertElement(node, converter);
  throw unsupported('this kind of member access', node.span);
}

function convertElement(node: SyntaxNode, converter: Converter): Expression {
  const object = convertExpression(required(node, 'Expression'), converter);
  const selector = required(node, 'Selector');
  const index = convertExpression(selector.child('Expression') ?? selector, converter);
  if (index.kind === 'literal' && index.type === 'string') {
    return { kind: 'member', object, name: String(index.value), span: node.span };
  }
  return { kind: 'index', object, index, span: node.span };
}

/** An argument of a call: it may be a star, a type or a tabular expression too. */
function convertArgument(node: SyntaxNode, converter: Converter): Expression {
  const inner = node.kind === 'ParenthesizedExpression' ? (node.child('Expression') ?? node) : node;
  if (isTabularNode(inner)) {
    return { kind: 'subquery', source: converter.tabular(inner), span: inner.span };
  }
  return convertExpression(inner, converter);
}

function convertCall(node: SyntaxNode, converter: Converter): Expression {
  const name = node.symbol?.name ?? required(node, 'Name').text;
  if (
    node.symbol?.kind === 'Function' &&
    (converter.functions.has(name) || converter.stored.calls(node, name))
  ) {
    return {
      kind: 'invoke',
      invocation: converter.invocation(node, name),
      type: typeOf(node),
      span: node.span,
    };
  }
  const args = node.child('ArgumentList')?.list('Expressions') ?? [];
  const converted = args.map((argument) => convertArgument(argument, converter));
  const call = { kind: 'call', name, args: converted, type: typeOf(node), span: node.span } as const;
  return name === 'bin_auto' ? convertBinAuto(call, converter) : call;
}

export function convertExpression(node: SyntaxNode, converter: Converter): Expression {
  const type = literalType(node.kind);
  if (type !== undefined) return literal(node, type);
  switch (node.kind) {
    case 'ParenthesizedExpression':
      return convertExpression(required(node, 'Expression'), converter);
    case 'SimpleNamedExpression':
      return convertExpression(required(node, 'Expression'), converter);
    case 'CompoundStringLiteralExpression':
      return {
        kind: 'literal',
        type: 'string',
        value: node
          .list('Tokens')
          .map((token) => {
            const part = parseString(token.text);
            if (part === undefined) throw unsupported('this string literal', token.span);
            return part;
          })
          .join(''),
        span: node.span,
      };
    case 'DynamicExpression':
      return {
        kind: 'literal',
        type: 'dynamic',
        value: literalJson(required(node, 'Expression')),
        span: node.span,
      };
    case 'NameReference':
      return convertName(node);
    case 'PathExpression':
      return convertPath(node, converter);
    case 'ElementExpression':
      return convertElement(node, converter);
    case 'FunctionCallExpression':
      return convertCall(node, converter);
    case 'StarExpression':
      return { kind: 'star', span: node.span };
    case 'ToScalarExpression': {
      const inner = required(node, 'Expression');
      const key = converter.partitionKey;
      if (key !== undefined && inner.kind === 'NameReference' && inner.symbol?.name === key) {
        return { kind: 'variable', name: partitionKeyName(key), type: typeOf(node), span: node.span };
      }
      return {
        kind: 'call',
        name: 'toscalar',
        args: [convertArgument(inner, converter)],
        type: typeOf(node),
        span: node.span,
      };
    }
    case 'TypeOfLiteralExpression': {
      const name = /^typeof\s*\(\s*([a-z0-9]+)\s*\)$/i.exec(node.text)?.[1];
      const named = name === undefined ? undefined : expressionScalarType(name);
      if (named === undefined) throw unsupported(node.text, node.span);
      return { kind: 'type', type: named, span: node.span };
    }
    case 'UnaryMinusExpression':
    case 'UnaryPlusExpression':
      return convertUnary(node, converter);
    case 'InExpression':
    case 'NotInExpression':
    case 'InCsExpression':
    case 'NotInCsExpression':
    case 'HasAnyExpression':
    case 'HasAllExpression':
      return convertIn(node, converter);
    case 'BetweenExpression':
    case 'NotBetweenExpression': {
      const couple = required(node, 'Right');
      return {
        kind: 'between',
        negated: node.kind === 'NotBetweenExpression',
        value: convertExpression(required(node, 'Left'), converter),
        low: convertExpression(required(couple, 'First'), converter),
        high: convertExpression(required(couple, 'Second'), converter),
        span: node.span,
      };
    }
    default:
      if (node.child('Left') !== undefined && node.child('Operator') !== undefined) {
        return convertBinary(node, converter);
      }
      throw unsupported(`the expression '${node.text.slice(0, 60)}' (${node.kind})`, node.span);
  }
}
