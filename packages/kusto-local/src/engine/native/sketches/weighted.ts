/** Values with the number of times each occurs, in order: what percentiles, ranks and digests are read from. */

/** Numbers are compared as such: a long as a bigint, a real as a number. NaN comes after all others, as in DuckDB's quantiles. */
export type Sample = bigint | number;

export interface Weighted {
  readonly value: Sample;
  readonly weight: bigint;
}

function compare(a: Sample, b: Sample): number {
  if (typeof a === 'number' && Number.isNaN(a)) return typeof b === 'number' && Number.isNaN(b) ? 0 : 1;
  if (typeof b === 'number' && Number.isNaN(b)) return -1;
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** Sorted by value, equal values as one; weights that are not above zero count for nothing. */
export function weighed(samples: Iterable<Weighted>): readonly Weighted[] {
  const sorted = [...samples]
    .filter((sample) => sample.weight > 0n)
    .sort((a, b) => compare(a.value, b.value));
  const merged: { value: Sample; weight: bigint }[] = [];
  for (const { value, weight } of sorted) {
    const last = merged.at(-1);
    if (last !== undefined && compare(last.value, value) === 0) last.weight += weight;
    else merged.push({ value, weight });
  }
  return merged;
}

export function totalWeight(samples: readonly Weighted[]): bigint {
  return samples.reduce((sum, { weight }) => sum + weight, 0n);
}

/** The nearest rank: the least value with at least that share of the weight at or below it; undefined of nothing. */
export function percentileOf(samples: readonly Weighted[], percent: number): Sample | undefined {
  const total = totalWeight(samples);
  if (total === 0n) return undefined;
  // In billionths of a percent, so that 99.9 % of a thousand is 999 and not a little more.
  const needed = (total * BigInt(Math.round(percent * 1e9)) + 99_999_999_999n) / 100_000_000_000n;
  let seen = 0n;
  for (const { value, weight } of samples) {
    seen += weight;
    if (seen >= needed) return value;
  }
  return samples.at(-1)?.value;
}

/** The weight of the values at or below the given one. */
export function rankOf(samples: readonly Weighted[], value: Sample): bigint {
  return samples.reduce((sum, sample) => (compare(sample.value, value) <= 0 ? sum + sample.weight : sum), 0n);
}
