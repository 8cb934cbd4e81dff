import { invalid, QueryError, unsupported, within } from '../refusal.ts';
import { nameOf } from './convert-expression.ts';
import type { Converter } from './converter.ts';
import { firstError } from './diagnostics.ts';
import type { SyntaxNode } from './syntax.ts';
import { isTabularNode } from './tabular-node.ts';
import type { Expression, Invocation, Tabular } from './tree/tree.ts';
import { pipedInput } from './tree/tree.ts';

/** Calls of the query's own functions are inlined, so each level multiplies the work. */
const maxInlineDepth = 24;
const maxInlinedCalls = 1_000;

function boundArguments(node: SyntaxNode): {
  readonly named: ReadonlyMap<string, SyntaxNode>;
  readonly positional: readonly SyntaxNode[];
} {
  const named = new Map<string, SyntaxNode>();
  const positional: SyntaxNode[] = [];
  for (const argument of node.child('ArgumentList')?.list('Expressions') ?? []) {
    const value = argument.kind === 'SimpleNamedExpression' ? argument.child('Expression') : undefined;
    const name = argument.child('Name');
    if (value !== undefined && name !== undefined) named.set(nameOf(name), value);
    else positional.push(argument);
  }
  return { named, positional };
}

/** The body of a stored function's call, bound with its arguments; what is wrong in it is told at the call. */
function storedBody(node: SyntaxNode, name: string): SyntaxNode {
  const failure = firstError(node.calledDiagnostics());
  const body = node.calledBody();
  if (failure !== undefined) {
    throw new QueryError(failure.innerCode, `in the function '${name}': ${failure.message}`, node.span);
  }
  if (body === undefined) throw unsupported(`the function '${name}'`, node.span);
  return body;
}

/** A call of a function that the query declares, or of a stored one: its body, bound with this call's arguments. */
export function convertInvocation(
  node: SyntaxNode,
  name: string,
  converter: Converter,
  piped = false,
): Invocation {
  const own = converter.functions.get(name);
  const declaration = own ?? converter.stored.declaration(name);
  if (declaration === undefined) throw unsupported(`the function '${name}'`, node.span);
  const { named, positional } = boundArguments(node);
  const parameters: string[] = [];
  const args: (Expression | Tabular)[] = [];
  for (const [index, parameter] of (declaration.child('Parameters')?.list('Parameters') ?? []).entries()) {
    const nameNode = parameter.child('NameAndType')?.child('Name');
    const parameterName = nameNode === undefined ? '' : nameOf(nameNode);
    if (piped && index === 0) {
      parameters.push(parameterName);
      args.push({ kind: 'name', name: pipedInput, span: node.span });
      continue;
    }
    const value =
      named.get(parameterName) ??
      positional[piped ? index - 1 : index] ??
      parameter.child('DefaultValue')?.child('Value');
    if (value === undefined) {
      throw invalid(`the function '${name}' needs a value for '${parameterName}'`, node.span);
    }
    parameters.push(parameterName);
    args.push(isTabularNode(value) ? converter.tabular(value) : converter.expression(value));
  }
  converter.inlinedCalls += 1;
  if (converter.inlineDepth >= maxInlineDepth || converter.inlinedCalls > maxInlinedCalls) {
    throw invalid(`calls of functions nest too deep or are too many, at '${name}'`, node.span);
  }
  converter.inlineDepth += 1;
  // Functions that the body declares end with it.
  const outer = new Map(converter.functions);
  const { discovered, partitionKey } = converter;
  try {
    if (own === undefined) {
      // A stored function sees the database's names only.
      converter.functions.clear();
      converter.partitionKey = undefined;
      // Its places are not the query's: what was found out for a place there is not meant.
      converter.discovered = new Map();
      const bound = storedBody(node, name);
      const body = within(`the function '${name}'`, node.span, () => converter.body(bound));
      return { name, parameters, args, body, view: false, stored: true, span: node.span };
    }
    const body = node.calledBody() ?? declaration.child('Body');
    if (body === undefined) throw unsupported(`the function '${name}'`, node.span);
    const view = declaration.child('ViewKeyword') !== undefined;
    return { name, parameters, args, body: converter.body(body), view, span: node.span };
  } finally {
    converter.partitionKey = partitionKey;
    converter.discovered = discovered;
    converter.functions.clear();
    for (const [known, declared] of outer) converter.functions.set(known, declared);
    converter.inlineDepth -= 1;
  }
}
