/** `parse` and `parse-where`: from the bound syntax tree to our own. */
import type { Column, KustoType } from '../../../types.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { convertLiteral, expressionScalarType, nameOf } from '../convert-expression.ts';
import type { Converter } from '../converter.ts';
import { outputColumns } from '../output-columns.ts';
import type { SyntaxNode } from '../syntax.ts';
import type { ParseOperator, ParsePart } from '../tree/tree-parse.ts';

/** The name and type of a column that an operator declares: `name` (a string) or `name: type`. */
export function declaredColumn(node: SyntaxNode): { readonly name: string; readonly type: KustoType } {
  if (node.kind !== 'NameAndTypeDeclaration') {
    return { name: node.symbol?.name ?? nameOf(node), type: 'string' };
  }
  const name = node.child('Name');
  const type = expressionScalarType(node.child('Type')?.text ?? '');
  if (name === undefined || type === undefined) throw unsupported('a column of this type', node.span);
  return { name: name.symbol?.name ?? nameOf(name), type };
}

function part(node: SyntaxNode, converter: Converter): ParsePart {
  const { span } = node;
  switch (node.kind) {
    case 'StarExpression':
      return { kind: 'star', span };
    case 'NameDeclaration':
    case 'NameAndTypeDeclaration':
      return { kind: 'column', column: declaredColumn(node), span };
    default: {
      const literal = convertLiteral(node, converter);
      if (literal.type !== 'string') throw invalid('a pattern has string literals only', span);
      return { kind: 'text', text: String(literal.value), span };
    }
  }
}

function parameters(node: SyntaxNode): Pick<ParseOperator, 'flags' | 'mode'> {
  let mode: ParseOperator['mode'] = 'simple';
  let flags = '';
  for (const parameter of node.list('Parameters')) {
    const name = parameter.child('Name')?.text ?? '';
    const value = parameter.child('Expression')?.text ?? '';
    if (name === 'kind' && (value === 'simple' || value === 'relaxed' || value === 'regex')) {
      mode = value;
    } else if (name === 'flags' && /^[imsU]+$/.test(value)) {
      flags = value;
    } else {
      throw unsupported(`the parameter '${name}=${value}'`, parameter.span);
    }
  }
  if (flags !== '' && mode !== 'regex') throw invalid('flags go with kind=regex only', node.span);
  return { mode, flags };
}

/** @throws QueryError when two columns have one name: which of them the service keeps is not documented */
export function differentNames(node: SyntaxNode): readonly Column[] {
  const columns = outputColumns(node);
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name)) throw unsupported(`a second column named '${name}'`, node.span);
    seen.add(name);
  }
  return columns;
}

export function convertParse(name: ParseOperator['name']) {
  return (node: SyntaxNode, converter: Converter): ParseOperator => {
    const expression = node.child('Expression');
    if (expression === undefined) throw invalid(`${name} has no expression`, node.span);
    const { mode, flags } = parameters(node);
    if (name === 'parse-where' && mode === 'relaxed') {
      throw unsupported("'parse-where' with kind=relaxed", node.span);
    }
    return {
      kind: 'parse',
      name,
      mode,
      flags,
      expression: converter.expression(expression),
      pattern: node.list('Patterns').map((item) => part(item, converter)),
      columns: differentNames(node),
      span: node.span,
    };
  };
}
