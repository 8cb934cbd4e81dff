/** `mv-expand` and `mv-apply`. */
import { invalid, unsupported } from '../../refusal.ts';
import { expressionScalarType, nameOf } from '../convert-expression.ts';
import type { Converter } from '../converter.ts';
import { boundColumns, outputColumns, valueNode } from '../output-columns.ts';
import type { SyntaxNode } from '../syntax.ts';
import { pipeOver, subqueryOperators, subtableName } from '../subquery.ts';
import type { Expression, Operator } from '../tree/tree.ts';
import type { Expansion } from '../tree/tree-tables.ts';

interface Parameters {
  readonly index: string | undefined;
  readonly bagsAsArrays: boolean;
}

function readParameters(node: SyntaxNode, modes: boolean): Parameters {
  let index: string | undefined;
  let bagsAsArrays = false;
  for (const parameter of node.list('Parameters')) {
    const name = parameter.child('Name')?.text ?? '';
    const value = parameter.child('Expression');
    if (name === 'with_itemindex' && value !== undefined) {
      index = nameOf(value);
    } else if (modes && (name === 'kind' || name === 'bagexpansion')) {
      if (value?.text !== 'bag' && value?.text !== 'array') {
        throw unsupported(`the parameter '${parameter.text}'`, parameter.span);
      }
      bagsAsArrays = value.text === 'array';
    } else if (!name.startsWith('hint.')) {
      throw unsupported(`the parameter '${name}' of ${modes ? 'mv-expand' : 'mv-apply'}`, parameter.span);
    }
  }
  return { index, bagsAsArrays };
}

function elementType(node: SyntaxNode): Expansion['type'] {
  const clause = node.child('ToTypeOf')?.child('TypeOf');
  if (clause === undefined) return 'dynamic';
  const name = clause.list('Types')[0]?.text ?? '';
  const type = expressionScalarType(name);
  if (type === undefined) throw unsupported(`typeof(${name.slice(0, 60)})`, clause.span);
  return type;
}

/** The column of an expanded expression: the name it is given, the column that it is, or what the binder calls it. */
function expandedName(node: SyntaxNode, operator: SyntaxNode): string | undefined {
  const given = node.kind === 'SimpleNamedExpression' ? node.child('Name') : undefined;
  if (given !== undefined) return nameOf(given);
  if (node.kind === 'NameReference') return node.symbol?.name ?? nameOf(node);
  const value = valueNode(node);
  return boundColumns(operator).find((column) => column.source === value.identity)?.name;
}

function convertItems(
  node: SyntaxNode,
  converter: Converter,
  name: (value: SyntaxNode) => string,
): readonly Expansion[] {
  const items: Expansion[] = [];
  for (const item of node.list('Expressions')) {
    const value = item.child('Expression') ?? item;
    const column = name(value);
    if (items.some((other) => other.name === column)) {
      throw invalid(`the column '${column}' is expanded twice`, item.span);
    }
    items.push({
      expression: converter.expression(valueNode(value)),
      name: column,
      type: elementType(item),
    });
  }
  return items;
}

function rowLimit(node: SyntaxNode, converter: Converter): Expression | undefined {
  const limit = node.child('RowLimitClause')?.child('RowLimit');
  return limit === undefined ? undefined : converter.expression(limit);
}

/** The old spelling stops at this many rows of each record (mv-expand operator's documentation). */
const legacyLimit = 128n;

export function convertMvExpand(node: SyntaxNode, converter: Converter): Operator {
  const { index, bagsAsArrays } = readParameters(node, true);
  const columns = outputColumns(node);
  const legacy = node.child('MvExpandKeyword')?.text === 'mvexpand';
  const limit = rowLimit(node, converter);
  return {
    kind: 'mvExpand',
    items: convertItems(node, converter, (value) => {
      const name = expandedName(value, node);
      if (name !== undefined) return name;
      throw unsupported('mv-expand of an expression without a name: write name = expression, it', value.span);
    }),
    columns,
    // The binder puts the index last, under a name of its own where the wanted one is taken.
    index: index === undefined ? undefined : columns.at(-1)?.name,
    bagsAsArrays,
    limit:
      limit ?? (legacy ? { kind: 'literal', type: 'long', value: legacyLimit, span: node.span } : undefined),
    span: node.span,
  };
}

export function convertMvApply(
  node: SyntaxNode,
  converter: Converter,
  convertOperator: (node: SyntaxNode, converter: Converter) => Operator | undefined,
): Operator {
  const { index } = readParameters(node, false);
  const subquery = node.child('Subquery')?.child('Expression');
  for (const operator of subquery === undefined ? [] : subqueryOperators(subquery)) {
    // It would add rows that are no element's: what the record's columns are there is not documented.
    if (operator.kind === 'UnionOperator') throw unsupported('union inside mv-apply', operator.span);
  }
  if (subquery === undefined) throw invalid('mv-apply has no subquery', node.span);
  return {
    kind: 'mvApply',
    items: convertItems(node, converter, (value) => {
      const named = value.kind === 'SimpleNamedExpression' || value.kind === 'NameReference';
      const name = named ? expandedName(value, node) : undefined;
      if (name !== undefined) return name;
      throw unsupported('mv-apply of an expression without a name: write name = expression, it', value.span);
    }),
    columns: outputColumns(node),
    index,
    limit: rowLimit(node, converter),
    subquery: pipeOver(
      { kind: 'name', name: subtableName, span: subquery.span },
      subqueryOperators(subquery),
      converter,
      convertOperator,
    ),
    span: node.span,
  };
}
