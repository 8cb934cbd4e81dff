/** The bound syntax tree of a whole query, turned into our own tree. */
import type { Column, KustoType } from '../../types.ts';
import { invalid, unsupported } from '../refusal.ts';
import { convertExpression, convertLiteral, expressionScalarType } from './convert-expression.ts';
import { convertResults } from './convert-results.ts';
import { convertTabular } from './convert-tabular.ts';
import type { Converter } from './converter.ts';
import { DiscoveryNeeded } from './discovery-needed.ts';
import { keepBinSetting } from './bin-auto.ts';
import { addSetOption, convertSetOption } from './set-option.ts';
import { convertInvocation } from './invocation.ts';
import { isTabularNode } from './tabular-node.ts';
import type { StoredObjects } from './stored-objects.ts';
import type { SyntaxNode } from './syntax.ts';
import type {
  FunctionBody,
  LiteralExpression,
  Query,
  QueryParameter,
  Statement,
  Tabular,
} from './tree/tree.ts';

function unwrapMaterialize(node: SyntaxNode): { readonly node: SyntaxNode; readonly materialized: boolean } {
  if (node.kind === 'MaterializeExpression') {
    const inner = node.child('Expression') ?? node;
    return { node: inner, materialized: true };
  }
  if (node.kind === 'FunctionCallExpression' && node.symbol?.name === 'materialize') {
    const inner = node.child('ArgumentList')?.list('Expressions')[0];
    if (inner !== undefined) return { node: inner, materialized: true };
  }
  return { node, materialized: false };
}

function convertLet(node: SyntaxNode, converter: Converter): Statement {
  const name = node.child('Name')?.symbol?.name ?? node.child('Name')?.text ?? '';
  const expression = node.child('Expression');
  if (expression === undefined) throw invalid(`let '${name}' has no value`, node.span);
  if (expression.kind === 'FunctionDeclaration') {
    converter.functions.set(name, expression);
    return { kind: 'function', name, span: node.span };
  }
  const { node: value, materialized } = unwrapMaterialize(expression);
  if (isTabularNode(value)) {
    return {
      kind: 'letTabular',
      name,
      value: convertTabular(value, converter),
      materialized,
      span: node.span,
    };
  }
  return { kind: 'letScalar', name, value: convertExpression(value, converter), span: node.span };
}

function convertParameters(node: SyntaxNode, converter: Converter): Statement {
  const parameters: QueryParameter[] = [];
  for (const parameter of node.list('Parameters')) {
    const declaration = parameter.child('NameAndType');
    const name = declaration?.child('Name')?.symbol?.name ?? declaration?.child('Name')?.text;
    const type = declaration?.child('Type')?.symbol?.name ?? declaration?.child('Type')?.text;
    const scalar = type === undefined ? undefined : expressionScalarType(type);
    if (name === undefined || scalar === undefined) {
      throw unsupported('a query parameter of this type', parameter.span);
    }
    const value = parameter.child('DefaultValue')?.child('Value');
    parameters.push({
      name,
      type: scalar,
      default: value === undefined ? undefined : parameterDefault(value, scalar, converter),
      span: parameter.span,
    });
  }
  return { kind: 'parameters', parameters, span: node.span };
}

function parameterDefault(node: SyntaxNode, type: KustoType, converter: Converter): LiteralExpression {
  if (type === 'dynamic') throw invalid('a query parameter of the type dynamic has no default', node.span);
  const literal = convertLiteral(node, converter);
  if (literal.type === type) return literal;
  if (type === 'int' || type === 'long' || type === 'real' || type === 'decimal') {
    const { value } = literal;
    if (typeof value === 'bigint') {
      return {
        ...literal,
        type,
        value: type === 'real' ? Number(value) : type === 'decimal' ? `${value}` : value,
      };
    }
    if (typeof value === 'number' && type === 'decimal') return { ...literal, type, value: node.text };
  }
  throw invalid(`the default value is not a ${type}`, node.span);
}

const refusedStatements: Readonly<Record<string, string>> = {
  AliasStatement: "the statement 'alias database'",
  PatternStatement: "the statement 'declare pattern'",
  RestrictStatement: "the statement 'restrict access'",
};

function convertStatements(
  nodes: readonly SyntaxNode[],
  converter: Converter,
  converted: Statement[] = [],
): readonly Statement[] {
  let queried = false;
  const convert = (node: SyntaxNode): Statement | readonly Statement[] => {
    switch (node.kind) {
      case 'LetStatement':
        return convertLet(node, converter);
      case 'ExpressionStatement': {
        const expression = node.child('Expression');
        const results = expression === undefined ? undefined : convertResults(expression, converter);
        if (results !== undefined) {
          queried = true;
          return results;
        }
        if (expression === undefined || !isTabularNode(expression)) {
          throw unsupported('a statement that is not tabular', node.span);
        }
        queried = true;
        return { kind: 'query', source: convertTabular(expression, converter), span: node.span };
      }
      case 'QueryParametersStatement':
        return convertParameters(node, converter);
      case 'SetOptionStatement':
        if (queried) throw unsupported("a 'set' behind a tabular expression", node.span);
        if (!keepBinSetting(node, converter)) {
          const { name, value } = convertSetOption(node, converter);
          addSetOption(converter.setOptions, name, value);
        }
        return [];
      default:
        throw unsupported(refusedStatements[node.kind] ?? `a statement of the kind ${node.kind}`, node.span);
    }
  };
  for (const node of nodes) {
    converted.push(...[convert(node)].flat());
  }
  return converted;
}

function convertBody(node: SyntaxNode, converter: Converter): FunctionBody {
  const statements = convertStatements(node.list('Statements'), converter);
  const result = node.child('Expression');
  if (result === undefined) throw unsupported('a function without a result', node.span);
  return {
    statements,
    result: isTabularNode(result) ? convertTabular(result, converter) : convertExpression(result, converter),
  };
}

/** @throws QueryError when the query uses what this endpoint does not execute */
export function convertQuery(
  statements: readonly SyntaxNode[],
  database: string,
  stored: StoredObjects,
  discovered: ReadonlyMap<number, readonly Column[]> = new Map(),
): Query {
  const functions = new Map<string, SyntaxNode>();
  const converter: Converter = {
    visualization: undefined,
    setOptions: {},
    binSettings: new Map(),
    database,
    discovered,
    inlineDepth: 0,
    partitionKey: undefined,
    inlinedCalls: 0,
    functions,
    stored,
    expression: (node) => convertExpression(node, converter),
    tabular: (node) => convertTabular(node, converter),
    body: (node) => convertBody(node, converter),
    invocation: (node, name, piped) => convertInvocation(node, name, converter, piped),
  };
  const converted: Statement[] = [];
  let undiscovered: Tabular | undefined;
  try {
    convertStatements(statements, converter, converted);
  } catch (error) {
    if (!(error instanceof DiscoveryNeeded)) throw error;
    undiscovered = error.source;
  }
  return {
    statements: converted,
    visualization: converter.visualization,
    setOptions: converter.setOptions,
    undiscovered,
  };
}
