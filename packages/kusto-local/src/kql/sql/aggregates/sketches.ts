/**
 * hll() and tdigest() with their merging forms: values that keep what the group had, so that what is read from them later is exact
 * (pages `hll()`, `hll_merge()`, `tdigest()`, `tdigest_merge()`).
 */
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { xxHash } from '../functions/hashes.ts';
import type { Value } from '../value.ts';
import { value } from '../value.ts';
import { filterClause, grouped, rowArgument } from './basic.ts';
import type { AggregateFunction, AggregateTable } from './definition.ts';
import { samples } from './weights.ts';

const note =
  'a form of its own that loses nothing: what is read from it is exact, where the service estimates';

/** Of no values the aggregate is null (page `summarize operator`, "Default values of aggregations"). */
function orNull(list: string): string {
  return `nullif(${list}, '[]')`;
}

/** The accuracy argument is accepted: the count is exact anyway. */
function hll(condition: number | undefined) {
  return (call: Call): Value => {
    const argument = rowArgument(call, 0);
    if (argument.type === 'dynamic') throw unsupported(`'${call.name}' over dynamic values`, call.span);
    const filter = filterClause(
      call,
      condition,
      argument.nullable ? `${argument.sql} IS NOT NULL` : undefined,
    );
    const hashes = `list(DISTINCT ${xxHash(argument, call, 0)})${filter}`;
    const list = `coalesce(CAST(to_json(${hashes}) AS VARCHAR), '[]')`;
    return value(grouped(call, `CAST(kql_hll(${orNull(list)}) AS JSON)`), 'dynamic');
  };
}

function merged(sql: string): AggregateFunction {
  return {
    min: 1,
    max: 1,
    note,
    compile: (call) => {
      const argument = rowArgument(call, 0);
      if (argument.type !== 'dynamic') throw unsupported(`'${call.name}' over ${argument.type}`, call.span);
      const list = `list(${argument.sql}) FILTER (WHERE ${argument.sql} IS NOT NULL)`;
      const text = `coalesce(CAST(to_json(${list}) AS VARCHAR), '[]')`;
      return value(grouped(call, `CAST(${sql}(${orNull(text)}) AS JSON)`), 'dynamic');
    },
  };
}

function tdigest(call: Call): Value {
  const { type, values, weights } = samples(call, 1);
  return value(
    grouped(call, `CAST(kql_tdigest('${type}', ${orNull(values)}, ${weights}) AS JSON)`),
    'dynamic',
  );
}

const tdigestMerge = merged('kql_tdigest_merge');

export const sketchAggregates: AggregateTable = {
  hll: { min: 1, max: 2, compile: hll(undefined), note },
  hll_if: { min: 2, max: 3, compile: hll(1), note },
  hll_merge: merged('kql_hll_merge'),
  merge_tdigest: tdigestMerge,
  tdigest: { min: 1, max: 2, compile: tdigest, note },
  tdigest_merge: tdigestMerge,
};
