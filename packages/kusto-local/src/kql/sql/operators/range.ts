/** `range`: a column of evenly spaced values. */
import type { KustoType } from '../../../types.ts';
import type { Tabular } from '../../parser/tree/tree.ts';
import { parseDecimal } from '../../parser/literals/literals.ts';
import { invalid, unsupported } from '../../refusal.ts';
import { conform } from '../expressions/conversions.ts';
import type { Relation } from '../relation.ts';
import { Identifiers } from '../relation.ts';
import type { Value } from '../value.ts';
import { duckTypes } from '../value.ts';
import type { OperatorInput } from './operator.ts';
import { constantContext } from './operator.ts';

interface Bounds {
  readonly from: Value;
  readonly to: Value;
  readonly step: Value;
}

const scale = 18;

/** A decimal literal in units of its last digit. */
function units(value: Value): bigint | undefined {
  const { literal } = value;
  const digits =
    typeof literal === 'string' || typeof literal === 'bigint' ? parseDecimal(String(literal)) : undefined;
  if (digits === undefined) return undefined;
  const [whole = '0', part = ''] = digits.replace('-', '').split('.');
  const unsigned = BigInt(whole + part.padEnd(scale, '0'));
  return digits.startsWith('-') ? -unsigned : unsigned;
}

/** At most this many decimals: they are written out. */
const maxDecimals = 100_000n;

/** DuckDB has no exact series of decimals: the values are computed here, so the bounds must be literals. */
function decimals({ from, to, step }: Bounds, span: Tabular['span']): string {
  if ([from, to, step].some((bound) => bound.literal === null))
    return 'SELECT CAST(NULL AS DOUBLE) WHERE false';
  const [start, end, by] = [units(from), units(to), units(step)];
  if (start === undefined || end === undefined || by === undefined || by === 0n) {
    throw unsupported('range over decimals that are not literals', span);
  }
  const count = (end - start) / by + 1n;
  if ((end - start) * by < 0n) return 'SELECT CAST(NULL AS DOUBLE) WHERE false';
  if (count > maxDecimals) throw unsupported(`range over more than ${maxDecimals} decimals`, span);
  const values = Array.from({ length: Number(count) }, (_unused, at) => {
    const value = start + BigInt(at) * by;
    const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
    return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  });
  return `SELECT unnest(CAST([${values.map((value) => `'${value}'`).join(', ')}] AS DECIMAL(38, 18)[]))`;
}

function series(type: KustoType, bounds: Bounds, span: Tabular['span']): string {
  const { from, to, step } = bounds;
  switch (type) {
    case 'int':
    case 'long':
    case 'datetime':
    case 'timespan':
      return `SELECT * FROM generate_series(${from.sql}, ${to.sql}, ${step.sql})`;
    case 'real': {
      // Each value from the start, so that errors do not add up; the last one is looked at with care.
      const value = `(${from.sql} + i * ${step.sql})`;
      const inside = `CASE WHEN ${step.sql} > 0 THEN ${value} <= ${to.sql} ELSE ${value} >= ${to.sql} END`;
      return `SELECT ${value} FROM generate_series(0, TRY_CAST(floor((${to.sql} - ${from.sql}) / ${step.sql}) AS BIGINT) + 1) AS t(i) WHERE ${inside}`;
    }
    case 'decimal':
      return decimals(bounds, span);
    default:
      throw unsupported(`range over ${type}`, span);
  }
}

export function range(
  source: Tabular & { readonly kind: 'range' },
  input: Omit<OperatorInput, 'input'>,
): Relation {
  const { state, compiler } = input;
  const context = constantContext(input);
  const { type } = source.column;
  const bound = (expression: typeof source.from): Value => compiler.expression(expression, context);
  const step = bound(source.step);
  if (step.literal === 0n || step.literal === 0) throw invalid('the step must not be 0', source.step.span);
  const bounds: Bounds = {
    from: conform(bound(source.from), type, source.from.span),
    to: conform(bound(source.to), type, source.to.span),
    step: step.type === 'timespan' ? step : conform(step, type, source.step.span),
  };
  const column = new Identifiers().column(source.column.name, type);
  const name = state.emit(
    `SELECT CAST(${column.sql} AS ${duckTypes[type]}) AS ${column.sql} FROM (${series(type, bounds, source.span)}) AS t(${column.sql})`,
    source.span,
  );
  return { from: name, columns: [column], records: false, order: [], serialized: 'ordered' };
}
