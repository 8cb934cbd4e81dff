/** Functions over records of a table: cursors, ingestion time and extent. */
import { invalid, unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { extentColumn, ingestionColumn, sequenceColumn } from '../relation.ts';
import type { Value } from '../value.ts';
import { literalValue, nullOf, value } from '../value.ts';
import type { FunctionTable } from './definition.ts';
import { argument, argumentSpan } from './definition.ts';

const cursorParameter = 'CAST($cursor AS BIGINT)';

function requireRecords(call: Call): void {
  if (call.context.row?.records === true) return;
  throw invalid(
    `${call.name}() can be used only over the records of a table: they end at summarize, join, distinct, count, datatable and print`,
    call.span,
  );
}

/** The bound as a BIGINT constant, so that the predicate stays a plain comparison of the stored column; undefined for ''. */
function cursorBound(call: Call): string | undefined {
  const given = argument(call, 0);
  if (given.sql === 'CAST($cursor AS VARCHAR)') return cursorParameter;
  if (given.type !== 'string' || typeof given.literal !== 'string') {
    throw invalid(`${call.name}() takes a cursor value as a string literal`, argumentSpan(call, 0));
  }
  const text = given.literal.trim();
  if (text === '') return undefined;
  if (!/^\d{1,19}$/.test(text) || BigInt(text) > 9_223_372_036_854_775_807n) {
    throw invalid(`'${text.slice(0, 40)}' is not a cursor of this database`, argumentSpan(call, 0));
  }
  return `CAST(${BigInt(text)} AS BIGINT)`;
}

function cursorAfter(call: Call): Value {
  requireRecords(call);
  call.context.state.filtersByCursor = true;
  const bound = cursorBound(call);
  return bound === undefined ? literalValue('bool', true) : value(`(${sequenceColumn} > ${bound})`, 'bool');
}

function cursorBeforeOrAt(call: Call): Value {
  requireRecords(call);
  call.context.state.filtersByCursor = true;
  const bound = cursorBound(call);
  if (bound === undefined) {
    throw invalid('cursor_before_or_at() takes a cursor value, not an empty string', argumentSpan(call, 0));
  }
  return value(`(${sequenceColumn} <= ${bound})`, 'bool');
}

function currentCursor(call: Call): Value {
  call.context.state.usesCursor = true;
  return { sql: 'CAST($cursor AS VARCHAR)', type: 'string', nullable: false };
}

function ingestionTime(call: Call): Value {
  if (call.context.row?.records !== true && call.context.state.readsPartOfView)
    throw unsupported('ingestion_time() over materialized_view()', call.span);
  return call.context.row?.records === true ? value(ingestionColumn, 'datetime') : nullOf('datetime');
}

function extentId(call: Call): Value {
  // Without an extent the id is the empty guid (extent_id function's documentation).
  return call.context.row?.records === true
    ? value(extentColumn, 'guid')
    : literalValue('guid', '00000000-0000-0000-0000-000000000000');
}

export const recordFunctions: FunctionTable = {
  cursor_after: { min: 1, max: 1, compile: cursorAfter },
  cursor_before_or_at: { min: 1, max: 1, compile: cursorBeforeOrAt },
  cursor_current: { min: 0, max: 0, compile: currentCursor },
  current_cursor: { min: 0, max: 0, compile: currentCursor },
  extent_id: { min: 0, max: 0, compile: extentId },
  ingestion_time: { min: 0, max: 0, compile: ingestionTime },
};
