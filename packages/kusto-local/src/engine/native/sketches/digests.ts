/**
 * tdigest values: `[["long"],[values],[weights]]`, the values sorted and distinct. Unlike the service's they lose nothing, so that
 * whatever is read from them is exact; nothing but the functions of the family reads them.
 */
import { datetimeText } from '../../../kql/parser/literals/datetime-text.ts';
import { timespanText } from '../../../kql/parser/literals/literals.ts';
import type { NativeFunction } from '../native-functions.ts';
import type { Json } from '../dynamic/json.ts';
import { isArray, readJson, realLeaf, stringLeaf, stringOf, textOf, writeJson } from '../dynamic/json.ts';
import type { Sample, Weighted } from './weighted.ts';
import { percentileOf, rankOf, totalWeight, weighed } from './weighted.ts';

interface Digest {
  /** `long`, `real`, `datetime` or `timespan`; undefined of nothing. */
  readonly type: string | undefined;
  readonly samples: readonly Weighted[];
}

const types: ReadonlySet<string> = new Set(['datetime', 'long', 'real', 'timespan']);

function sampleOf(type: string, text: string): Sample {
  return type === 'real' ? Number(text) : BigInt(text);
}

function pairs(
  type: string,
  values: readonly Json[],
  weights: readonly Json[] | undefined,
): readonly Weighted[] {
  return values.map((value, index) => {
    const weight = weights?.[index];
    return {
      value: sampleOf(type, textOf(value)),
      weight:
        weights === undefined ? 1n : BigInt(weight === undefined || weight === 'null' ? '0' : textOf(weight)),
    };
  });
}

/** Values and weights as JSON arrays of numbers or of their texts; without weights each value counts once. */
function samplesOf(type: string, valuesText: string, weightsText: string): readonly Weighted[] {
  const values = readJson(valuesText);
  const weights = weightsText === '' ? undefined : readJson(weightsText);
  if (!isArray(values) || (weights !== undefined && !isArray(weights))) return [];
  return weighed(pairs(type, values, weights));
}

function sampleLeaf(value: Sample): Json {
  return typeof value === 'bigint' ? value.toString() : realLeaf(value);
}

function writeDigest(digest: Digest): string {
  return writeJson([
    digest.type === undefined ? [] : [stringLeaf(digest.type)],
    digest.samples.map(({ value }) => sampleLeaf(value)),
    digest.samples.map(({ weight }) => weight.toString()),
  ]);
}

function digestOf(value: Json): Digest {
  const [head, values, weights] = isArray(value) ? value : [];
  if (head !== undefined && values !== undefined && weights !== undefined && isArray(head)) {
    const type = stringOf(head[0]);
    if (isArray(values) && isArray(weights) && values.length === weights.length) {
      if (type === undefined && values.length === 0) return { type, samples: [] };
      if (type !== undefined && types.has(type)) return { type, samples: pairs(type, values, weights) };
    }
  }
  throw new Error('the value is no tdigest: only tdigest() and tdigest_merge() make one');
}

export function digest(type: string, values: string, weights: string): string {
  const samples = samplesOf(type, values, weights);
  return writeDigest({ type: samples.length === 0 ? undefined : type, samples });
}

/** Merges the digests of a JSON array; nulls count for nothing. */
export function mergeDigests(text: string): string {
  const list = readJson(text);
  const digests = (isArray(list) ? list : []).filter((one) => one !== 'null').map((one) => digestOf(one));
  const found = new Set(digests.flatMap((one) => (one.type === undefined ? [] : [one.type])));
  if (found.size > 1) throw new Error(`digests of ${[...found].join(' and ')} values cannot be merged`);
  const [type] = found;
  return writeDigest({ type, samples: weighed(digests.flatMap((one) => one.samples)) });
}

function typedLeaf(type: string | undefined, value: Sample | undefined): Json {
  if (value === undefined) return 'null';
  if (type === 'datetime') return stringLeaf(datetimeText(BigInt(value)));
  if (type === 'timespan') return stringLeaf(timespanText(BigInt(value)));
  return sampleLeaf(value);
}

export function digestPercentile(text: string, percent: number): string {
  const { type, samples } = digestOf(readJson(text));
  return writeJson(typedLeaf(type, percentileOf(samples, percent)));
}

/** How many values are at or below the given one, and of how many; a value of another kind is an error. */
function rank(text: string, valueType: string, valueText: string): { at: number; of: number } | undefined {
  const { type, samples } = digestOf(readJson(text));
  if (type === undefined) return undefined;
  const numbers = (kind: string) => kind === 'long' || kind === 'real';
  if (type !== valueType && !(numbers(type) && numbers(valueType))) {
    throw new Error(`a ${valueType} has no rank among ${type} values`);
  }
  return {
    at: Number(rankOf(samples, sampleOf(valueType, valueText))),
    of: Number(totalWeight(samples)),
  };
}

export function digestRank(text: string, valueType: string, valueText: string): number | null {
  return rank(text, valueType, valueText)?.at ?? null;
}

export function digestPercentRank(text: string, valueType: string, valueText: string): number | null {
  const found = rank(text, valueType, valueText);
  return found === undefined ? null : (found.at * 100) / found.of;
}

/** The percentile of weighted values, as the text of a number; null of nothing. */
function weightedPercentile(type: string, values: string, weights: string, percent: number): string | null {
  const found = percentileOf(samplesOf(type, values, weights), percent);
  return found === undefined ? null : String(found);
}

export const digestNatives: readonly NativeFunction[] = [
  {
    name: 'kql_tdigest',
    parameters: ['text', 'text', 'text'],
    result: 'text',
    evaluate: (type, values, weights) => digest(type as string, values as string, weights as string),
  },
  {
    name: 'kql_tdigest_merge',
    parameters: ['text'],
    result: 'text',
    evaluate: (digests) => mergeDigests(digests as string),
  },
  {
    name: 'kql_tdigest_percentile',
    parameters: ['text', 'real'],
    result: 'text',
    evaluate: (text, percent) => digestPercentile(text as string, percent as number),
  },
  {
    name: 'kql_tdigest_rank',
    parameters: ['text', 'text', 'text'],
    result: 'real',
    evaluate: (text, type, value) => digestRank(text as string, type as string, value as string),
  },
  {
    name: 'kql_tdigest_percentrank',
    parameters: ['text', 'text', 'text'],
    result: 'real',
    evaluate: (text, type, value) => digestPercentRank(text as string, type as string, value as string),
  },
  {
    name: 'kql_weighted_percentile',
    parameters: ['text', 'text', 'text', 'real'],
    result: 'text',
    evaluate: (type, values, weights, percent) =>
      weightedPercentile(type as string, values as string, weights as string, percent as number),
  },
];
