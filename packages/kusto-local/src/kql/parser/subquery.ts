/** Subqueries whose rows are given by the operator that runs them: `mv-apply … on ( … )`, `partition by … ( … )`. */
import { unsupported } from '../refusal.ts';
import type { Converter } from './converter.ts';
import type { SyntaxNode } from './syntax.ts';
import type { Operator, Tabular } from './tree/tree.ts';

/** The name under which such a subquery finds its rows. No name of KQL's reads so. */
export const subtableName = '$subtable';

/** The name under which a partition's subquery with its own source finds the key. */
export function partitionKeyName(key: string): string {
  return `$partition ${key}`;
}

/** The operators of a subquery without a source, first to last. */
export function subqueryOperators(node: SyntaxNode): readonly SyntaxNode[] {
  const operators: SyntaxNode[] = [];
  let head = node;
  while (head.kind === 'PipeExpression') {
    const operator = head.child('Operator');
    const input = head.child('Expression');
    if (operator === undefined || input === undefined) throw unsupported('this subquery', head.span);
    operators.push(operator);
    head = input;
  }
  operators.push(head);
  return operators.reverse();
}

/** Operators one after the other over a source. */
export function pipeOver(
  source: Tabular,
  operators: readonly SyntaxNode[],
  converter: Converter,
  convert: (node: SyntaxNode, converter: Converter) => Operator | undefined,
): Tabular {
  let result = source;
  for (const node of operators) {
    const operator = convert(node, converter);
    if (operator !== undefined) result = { kind: 'pipe', input: result, operator, span: node.span };
  }
  return result;
}
