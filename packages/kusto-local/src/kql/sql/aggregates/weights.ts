/** Values with weights, handed to JavaScript as JSON arrays: weighted percentiles and digests. */
import { unsupported } from '../../refusal.ts';
import type { Call } from '../context.ts';
import { convert } from '../expressions/conversions.ts';
import { rowArgument } from './basic.ts';

/** How a type's values are compared: as whole numbers or as reals. */
export type SampleType = 'datetime' | 'long' | 'real' | 'timespan';

export interface Samples {
  readonly type: SampleType;
  /** SQL: a JSON array of the values' texts. */
  readonly values: string;
  /** SQL: a JSON array of the weights, or `''` where each value counts once. */
  readonly weights: string;
}

/** @param weightIndex undefined: no weights; the values, and then the weights, are computed on the rows that are grouped */
export function samples(call: Call, weightIndex: number | undefined): Samples {
  const argument = rowArgument(call, 0);
  let type: SampleType;
  let { sql } = argument;
  switch (argument.type) {
    case 'int':
    case 'long':
      type = 'long';
      break;
    case 'decimal':
    case 'real':
      type = 'real';
      sql = convert(argument, 'real', call.span).sql;
      break;
    case 'datetime':
    case 'timespan':
      ({ type } = argument);
      break;
    default:
      throw unsupported(`'${call.name}' over ${argument.type}`, call.span);
  }
  // NaN and infinities as JavaScript spells them.
  const text = type === 'real' ? `kql_real_text(${sql})` : `CAST(${sql} AS VARCHAR)`;
  if (weightIndex === undefined || call.args[weightIndex] === undefined) {
    const list = `list(${text}) FILTER (WHERE ${sql} IS NOT NULL)`;
    return { type, values: `coalesce(CAST(to_json(${list}) AS VARCHAR), '[]')`, weights: "''" };
  }
  const weight = rowArgument(call, weightIndex);
  if (weight.type !== 'int' && weight.type !== 'long') {
    throw unsupported(`'${call.name}' with weights of type ${weight.type}`, call.span);
  }
  const pairs = `list(struct_pack(v := ${text}, w := ${weight.sql})) FILTER (WHERE ${sql} IS NOT NULL)`;
  const part = (name: string) =>
    `coalesce(CAST(to_json(list_transform(${pairs}, lambda pair: pair.${name})) AS VARCHAR), '[]')`;
  return { type, values: part('v'), weights: part('w') };
}
