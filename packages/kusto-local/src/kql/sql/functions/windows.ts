/** Functions over the rows in their order. The parser has already checked that the rows are serialized. */
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { orderBy } from '../relation.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import type { FunctionTable } from './definition.ts';
import { literalInteger } from './definition.ts';

function rowNumber(call: Call): Value {
  const { row } = call.context;
  if (row === undefined) throw unsupported("'row_number' here", call.span);
  if (call.args.length > 1) throw unsupported("'row_number' with a restart", call.span);
  const first = call.args.length === 1 ? literalInteger(call, 0) : 1n;
  const number = call.context.hoist(`row_number() OVER (${orderBy(row).trim()})`);
  return value(`(${number} + ${first - 1n})`, 'long', false);
}

export const windowFunctions: FunctionTable = {
  row_number: { min: 0, max: 2, compile: rowNumber },
};
