import type { SyntaxNode } from './syntax.ts';

/** Whether the binder says the node yields a table. */
export function isTabularNode(node: SyntaxNode): boolean {
  return node.type?.kind === 'tabular';
}
