/** What a query can ask about itself: assert(), current_database(), estimate_data_size(). */
import type { KustoType } from '../../../types.ts';
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import type { Value } from '../value.ts';
import { quoteText, value } from '../value.ts';
import { constantValue } from './constant.ts';
import type { FunctionTable } from './definition.ts';
import { argument, argumentSpan, literalText } from './definition.ts';

/** Page `assert()`: judged while the query is analyzed, whether or not a row reaches it. */
function assertion(call: Call): Value {
  const [condition] = call.args;
  const message = literalText(call, 1);
  const known = condition === undefined ? undefined : constantValue(condition, call.context);
  if (known === true) return value('true', 'bool', false);
  if (known === false || known === null) {
    throw invalid(`assert() has failed with message: '${message}'`, call.span);
  }
  throw unsupported("'assert' of a condition that is not made of constants", argumentSpan(call, 0));
}

function currentDatabase(call: Call): Value {
  const { name } = call.context.state.database;
  return { ...value(quoteText(name), 'string'), literal: name };
}

const sizes: Readonly<Partial<Record<KustoType, number>>> = {
  bool: 1,
  datetime: 8,
  decimal: 16,
  guid: 16,
  int: 4,
  long: 8,
  real: 8,
  timespan: 8,
};

/** Page `estimate_data_size()`: the width of the type, of a string its bytes. */
function dataSize(call: Call): Value {
  const values = call.args.flatMap((expression, index) =>
    expression.kind === 'star'
      ? (call.context.row?.columns ?? []).map((column) => value(column.sql, column.type))
      : [argument(call, index)],
  );
  const parts = values.map((given) => {
    if (given.type === 'string') return `strlen(${given.sql})`;
    const size = sizes[given.type];
    if (size === undefined) throw unsupported(`'estimate_data_size' of ${given.type} values`, call.span);
    return String(size);
  });
  return value(`CAST(${parts.join(' + ')} AS BIGINT)`, 'long', false);
}

/**
 * Page `column_ifexists()`: the column, or the default. The binder gives the result the default's type: a column of another one
 * is refused.
 */
function columnIfExists(call: Call): Value {
  const name = literalText(call, 0);
  const column = call.context.row?.columns.find((candidate) => candidate.name === name);
  return column === undefined ? argument(call, 1) : value(column.sql, column.type);
}

const columnOrDefault = { min: 2, max: 2, compile: columnIfExists };

export const metadataFunctions: FunctionTable = {
  assert: { min: 2, max: 2, compile: assertion },
  column_ifexists: columnOrDefault,
  columnifexists: columnOrDefault,
  current_database: { min: 0, max: 0, compile: currentDatabase },
  estimate_data_size: {
    min: 1,
    max: 64,
    compile: dataSize,
    note: 'the widths of the types and the bytes of strings; refused for dynamic values',
  },
};
