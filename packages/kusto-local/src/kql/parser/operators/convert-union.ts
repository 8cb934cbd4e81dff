/** `union`, as an operator and as a source of rows. */
import { invalid, unsupported } from '../../refusal.ts';
import { nameOf } from '../convert-expression.ts';
import type { Converter } from '../converter.ts';
import { literalType, parseString } from '../literals/literals.ts';
import { boundColumns, knownColumn } from '../output-columns.ts';
import type { SyntaxNode } from '../syntax.ts';
import type { Union, UnionLeg } from '../tree/tree-tables.ts';

/** `Storm*` against a table's name. */
export function matchesPattern(pattern: string, name: string): boolean {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(name);
}

interface Parameters {
  readonly inner: boolean;
  readonly fuzzy: boolean;
  readonly withSource: string | undefined;
}

function readParameters(node: SyntaxNode): Parameters {
  let inner = false;
  let fuzzy = false;
  let withSource: string | undefined;
  for (const parameter of node.list('Parameters')) {
    const name = parameter.child('Name')?.text ?? '';
    const value = parameter.child('Expression');
    const text = value?.text ?? '';
    if (name === 'kind' && (text === 'inner' || text === 'outer')) {
      inner = text === 'inner';
    } else if (name === 'isfuzzy' && (text === 'true' || text === 'false')) {
      fuzzy = text === 'true';
    } else if ((name === 'withsource' || name === 'with_source') && value !== undefined) {
      withSource = literalType(value.kind) === 'string' ? parseString(text) : nameOf(value);
    } else if (!name.startsWith('hint.')) {
      throw unsupported(`the parameter '${parameter.text}' of union`, parameter.span);
    }
  }
  return { inner, fuzzy, withSource };
}

/** Whether the rows of a leg come from a table that does not exist: what isfuzzy=true passes over. */
function isMissing(node: SyntaxNode): boolean {
  let head = node;
  while (head.kind === 'PipeExpression' || head.kind === 'ParenthesizedExpression') {
    const inner = head.child('Expression');
    if (inner === undefined) return false;
    head = inner;
  }
  return head.kind === 'NameReference' && head.symbol === undefined && !head.text.includes('*');
}

function convertLeg(node: SyntaxNode, converter: Converter): UnionLeg {
  const pattern = nameOf(node);
  if (node.kind !== 'NameReference' || node.child('Name')?.kind !== 'WildcardedName') {
    if (node.text.includes('*') && node.kind !== 'ParenthesizedExpression' && node.kind !== 'NameReference') {
      throw unsupported('a wildcard in this place', node.span);
    }
    return converter.tabular(node);
  }
  for (const [name, declaration] of converter.functions) {
    if (declaration.child('ViewKeyword') !== undefined && matchesPattern(pattern, name)) {
      throw unsupported(`a wildcard that the view '${name}' matches`, node.span);
    }
  }
  return { kind: 'wildcard', pattern, span: node.span };
}

export function convertUnion(node: SyntaxNode, converter: Converter): Union {
  const { inner, fuzzy, withSource } = readParameters(node);
  const nodes = node.list('Expressions');
  const present = fuzzy ? nodes.filter((leg) => !isMissing(leg)) : nodes;
  if (present.length === 0) throw invalid('none of the tables of this union exist', node.span);
  // The parser gives an inner union all columns of its legs, and a fuzzy one those of missing tables.
  const bound = inner || present.length < nodes.length ? undefined : boundColumns(node);
  return {
    legs: present.map((leg) => convertLeg(leg, converter)),
    inner,
    withSource,
    columns: bound?.map((column) => knownColumn(column, node.span)),
  };
}
