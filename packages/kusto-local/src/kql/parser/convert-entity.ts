/** `database('D').T`, `cluster('C').database('D').T`: names of tables with where they are. */
import { invalid, unsupported } from '../refusal.ts';
import { nameOf } from './convert-expression.ts';
import type { Converter } from './converter.ts';
import type { SyntaxNode } from './syntax.ts';
import type { Tabular } from './tree/tree.ts';

function literalArgument(node: SyntaxNode, converter: Converter): string {
  const [first] = node.child('ArgumentList')?.list('Expressions') ?? [];
  const argument = first === undefined ? undefined : converter.expression(first);
  if (argument?.kind === 'literal' && typeof argument.value === 'string') return argument.value;
  throw unsupported(`'${node.text.slice(0, 60)}', whose name is not a literal,`, node.span);
}

/** Refuses every database but the query's own: each has its own storage here. */
function checkDatabase(node: SyntaxNode, converter: Converter): void {
  if (node.kind === 'PathExpression') {
    throw unsupported("a reference to a cluster ('cluster()')", node.span);
  }
  if (node.kind !== 'FunctionCallExpression' || node.child('Name')?.text !== 'database') {
    throw unsupported(`'${node.text.slice(0, 60)}' before a table's name`, node.span);
  }
  const name = literalArgument(node, converter);
  if (name !== converter.database && name !== '') {
    throw unsupported(`a reference to another database ('${name}') than the request's`, node.span);
  }
}

export function convertEntity(node: SyntaxNode, converter: Converter): Tabular {
  const left = node.child('Expression');
  const selector = node.child('Selector');
  if (left === undefined || selector === undefined) throw invalid('the name is incomplete', node.span);
  checkDatabase(left, converter);
  if (selector.kind === 'FunctionCallExpression' && selector.child('Name')?.text === 'table') {
    return { kind: 'table', name: literalArgument(selector, converter), span: node.span };
  }
  const called = selector.symbol?.name ?? '';
  // A function of the query itself can hide the database's.
  const stored = converter.stored.calls(selector, called) && !converter.functions.has(called);
  if (stored || selector.symbol?.kind === 'MaterializedView') return converter.tabular(selector);
  if (selector.kind !== 'NameReference' || selector.symbol?.kind !== 'Table') {
    throw unsupported(`'${node.text.slice(0, 60)}' as a table`, node.span);
  }
  return {
    kind: 'table',
    name: selector.symbol.name === '' ? nameOf(selector) : selector.symbol.name,
    span: node.span,
  };
}
