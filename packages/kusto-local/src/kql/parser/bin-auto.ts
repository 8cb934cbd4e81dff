/** bin_auto(): the size and the place of its bins come from `set` statements (page `bin_auto()`). */
import { unsupported } from '../refusal.ts';
import type { Converter } from './converter.ts';
import type { SyntaxNode } from './syntax.ts';
import type { CallExpression, Expression, LiteralExpression } from './tree/tree.ts';

const size = 'query_bin_auto_size';
const at = 'query_bin_auto_at';

/** What the `set` statements of a query say of its bins, by the statement's name. */
export type BinSettings = Map<string, LiteralExpression>;

/** Keeps a `set` statement that is about bins. Returns whether it is one. */
export function keepBinSetting(node: SyntaxNode, converter: Converter): boolean {
  const name = node.child('Name')?.text.toLowerCase() ?? '';
  if (name !== size && name !== at) return false;
  const clause = node.child('ValueClause')?.child('Expression');
  const value = clause === undefined ? undefined : converter.expression(clause);
  if (value?.kind !== 'literal' || value.value === null) {
    throw unsupported(`a value of '${name}' that is not a literal`, node.span);
  }
  converter.binSettings.set(name, value);
  return true;
}

/** `bin_auto(x)` as `bin(x, size)` or, with a fixed point, as `bin_at(x, size, at)`; as it is where no size is set. */
export function convertBinAuto(call: CallExpression, converter: Converter): Expression {
  const width = converter.binSettings.get(size);
  if (width === undefined) return call;
  const point = converter.binSettings.get(at);
  if (point === undefined) return { ...call, name: 'bin', args: [...call.args, width] };
  return { ...call, name: 'bin_at', args: [...call.args, width, point] };
}
