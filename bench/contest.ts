/** One contender's figures for one number of rows. */
export interface Figures {
  readonly name: string;
  readonly rows: number;
  readonly cpuSeconds: number;
  /** CPU seconds for a million rows. */
  readonly cpuSecondsPerMillion: number;
  readonly peakRssMb: number;
  readonly rowsPerSecond: number;
  /** From the first row that left Kusto to the first element that arrived; undefined where it has no meaning. */
  readonly firstElementSeconds: number | undefined;
}

/** What all contenders of one run did, ours first. */
export interface Contest {
  readonly mode: 'feed' | 'snapshot';
  readonly rows: number;
  readonly figures: readonly Figures[];
  /** Ours against another: above 1 ours uses less. */
  readonly ratios: readonly Ratio[];
}

export interface Ratio {
  /** For example `CPU, official client / ours`. */
  readonly name: string;
  readonly value: number;
  /** Whether a larger value is the better one. */
  readonly better: 'higher' | 'lower';
}

export function ratiosOf(figures: readonly Figures[]): readonly Ratio[] {
  const [ours, ...others] = figures;
  if (ours === undefined) return [];
  return others.flatMap((other): Ratio[] =>
    // Against the limit, what is looked at is how much more ours needs.
    other.name === 'passthrough'
      ? [
          { name: 'CPU, ours / passthrough', value: ours.cpuSeconds / other.cpuSeconds, better: 'lower' },
          { name: 'peak RSS, ours / passthrough', value: ours.peakRssMb / other.peakRssMb, better: 'lower' },
        ]
      : [
          { name: `CPU, ${other.name} / ours`, value: other.cpuSeconds / ours.cpuSeconds, better: 'higher' },
          {
            name: `peak RSS, ${other.name} / ours`,
            value: other.peakRssMb / ours.peakRssMb,
            better: 'higher',
          },
        ],
  );
}
