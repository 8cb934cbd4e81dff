/** `evaluate` and its plugins: from the bound syntax tree to our own. */
import type { Column, Discovery } from '../../../types.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { nameOf } from '../convert-expression.ts';
import type { Converter } from '../converter.ts';
import { boundColumns, knownColumn, outputColumns } from '../output-columns.ts';
import { checkParameters, required } from '../parameters.ts';
import type { SyntaxNode } from '../syntax.ts';
import type { Expression } from '../tree/tree.ts';
import type {
  BagUnpackOperator,
  NarrowOperator,
  PivotOperator,
  PluginColumns,
  PluginOperator,
} from '../tree/tree-plugins.ts';

function pluginColumns(node: SyntaxNode, call: SyntaxNode, converter: Converter): PluginColumns {
  const at = call.span.start + call.span.length;
  const told = node.child('Schema') !== undefined;
  if (!told && converter.inlineDepth > 0) {
    throw unsupported(
      "a plugin without an output schema in the body of a function: write ': (column: type, …)' behind it; it",
      node.span,
    );
  }
  return {
    columns: told ? outputColumns(node) : undefined,
    discovered: converter.discovered.get(at),
    at,
  };
}

function columnName(node: SyntaxNode | undefined, call: SyntaxNode): string {
  if (node?.kind === 'NameReference' && node.symbol?.kind === 'Column') return node.symbol.name;
  throw unsupported('a plugin over anything but the name of a column', node?.span ?? call.span);
}

function text(expression: Expression | undefined, fallback: string): string {
  if (expression === undefined) return fallback;
  if (expression.kind === 'literal' && typeof expression.value === 'string' && expression.type === 'string') {
    return expression.value;
  }
  throw unsupported('an argument of bag_unpack() that is not a string literal', expression.span);
}

function names(expression: Expression | undefined): readonly string[] {
  if (expression === undefined) return [];
  if (
    expression.kind === 'literal' &&
    expression.type === 'dynamic' &&
    typeof expression.value === 'string'
  ) {
    const list: unknown = JSON.parse(expression.value);
    if (Array.isArray(list) && list.every((name) => typeof name === 'string')) return list;
  }
  throw unsupported(
    'ignoredProperties that are not a dynamic array of strings, written as a literal,',
    expression.span,
  );
}

const bagParameters = ['column', 'OutputColumnPrefix', 'columnsConflict', 'ignoredProperties'] as const;

/** Arguments by the names of the page, given by place or by name. */
function bagArguments(call: SyntaxNode): ReadonlyMap<string, SyntaxNode> {
  const args = new Map<string, SyntaxNode>();
  for (const [index, argument] of (call.child('ArgumentList')?.list('Expressions') ?? []).entries()) {
    const named = argument.kind === 'SimpleNamedExpression' ? argument.child('Name') : undefined;
    const name = named === undefined ? bagParameters[index] : nameOf(named);
    const known = bagParameters.find((one) => one.toLowerCase() === name?.toLowerCase());
    const value = named === undefined ? argument : argument.child('Expression');
    if (known === undefined || value === undefined || args.has(known)) {
      throw invalid(
        'bag_unpack() takes a column, OutputColumnPrefix, columnsConflict and ignoredProperties',
        argument.span,
      );
    }
    args.set(known, value);
  }
  return args;
}

function conflictMode(value: string, call: SyntaxNode): Discovery['conflict'] {
  if (value === 'error' || value === 'keep_source' || value === 'replace_source') return value;
  throw invalid("columnsConflict is 'error', 'replace_source' or 'keep_source'", call.span);
}

function bagUnpack(node: SyntaxNode, call: SyntaxNode, converter: Converter): BagUnpackOperator {
  const args = bagArguments(call);
  const convert = (name: (typeof bagParameters)[number]) => {
    const value = args.get(name);
    return value === undefined ? undefined : converter.expression(value);
  };
  return {
    kind: 'bag_unpack',
    bag: columnName(args.get('column'), call),
    prefix: text(convert('OutputColumnPrefix'), ''),
    conflict: conflictMode(text(convert('columnsConflict'), 'error'), call),
    ignored: names(convert('ignoredProperties')),
    ...pluginColumns(node, call, converter),
    span: node.span,
  };
}

function pivot(node: SyntaxNode, call: SyntaxNode, converter: Converter): PivotOperator {
  const [first, second, ...rest] = call.child('ArgumentList')?.list('Expressions') ?? [];
  const name = columnName(first, call);
  const aggregate = second === undefined ? undefined : converter.expression(second);
  if (aggregate !== undefined && aggregate.kind !== 'call') {
    throw unsupported('an aggregation of pivot() that is not a call of one function', aggregate.span);
  }
  for (const key of rest) columnName(key, call);
  // The binder knows the columns that stay: those named, or all that neither turn nor are aggregated.
  const keys: readonly Column[] = boundColumns(call).map((column) => knownColumn(column, call.span));
  return {
    kind: 'pivot',
    pivot: name,
    aggregate,
    keys,
    ...pluginColumns(node, call, converter),
    span: node.span,
  };
}

function narrow(node: SyntaxNode): NarrowOperator {
  return { kind: 'narrow', columns: outputColumns(node), span: node.span };
}

type Convert = (node: SyntaxNode, call: SyntaxNode, converter: Converter) => PluginOperator;

const plugins: ReadonlyMap<string, Convert> = new Map<string, Convert>([
  ['bag_unpack', bagUnpack],
  ['narrow', narrow],
  ['pivot', pivot],
]);

/** The plugins that are executed. */
export const pluginNames: readonly string[] = [...plugins.keys()];

export function convertEvaluate(node: SyntaxNode, converter: Converter): PluginOperator {
  checkParameters(node, {});
  const call = required(node, 'FunctionCall');
  const name = call.symbol?.name ?? call.child('Name')?.text ?? '';
  const convert = plugins.get(name);
  if (convert === undefined) throw unsupported(`the plugin '${name}'`, node.span);
  return convert(node, call, converter);
}
