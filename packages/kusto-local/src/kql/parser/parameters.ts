import { invalid, unsupported } from '../refusal.ts';
import type { SyntaxNode } from './syntax.ts';

export function required(node: SyntaxNode, role: string): SyntaxNode {
  const child = node.child(role);
  if (child === undefined) throw invalid(`the operator is incomplete (${node.kind})`, node.span);
  return child;
}

/**
 * Reads an operator's parameters (`kind=inner`). Hints only steer the service's plan and are let through; every other one
 * must be known with the value it has.
 */
export function checkParameters(
  node: SyntaxNode,
  known: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const parameter of node.list('Parameters')) {
    const name = parameter.child('Name')?.text ?? '';
    const value = parameter.child('Expression')?.text ?? '';
    if (name.startsWith('hint.')) continue;
    if (known[name]?.includes(value) !== true) {
      throw unsupported(`the parameter '${name}=${value}'`, parameter.span);
    }
    values.set(name, value);
  }
  return values;
}
