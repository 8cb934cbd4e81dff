import type { Contest, Figures } from './contest.ts';

const widths = [24, 10, 15, 11, 12, 15] as const;
const heading = ['', 'CPU', 'CPU a million', 'peak RSS', 'rows/s', 'first element'];

/** A contest as a table of plain text. */
export function table({ mode, rows, figures, ratios }: Contest): string {
  const lines = [heading, ...figures.map(cells)].map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[at] ?? 0))).join(''),
  );
  return [
    `${mode}, ${rows.toLocaleString('en')} rows`,
    ...lines,
    ...ratios.map(({ name, value }) => `${name}: ${value.toFixed(1)}`),
  ].join('\n');
}

function cells(figures: Figures): string[] {
  const { name, cpuSeconds, cpuSecondsPerMillion, peakRssMb, rowsPerSecond, firstElementSeconds } = figures;
  return [
    name,
    `${cpuSeconds.toFixed(2)} s`,
    `${cpuSecondsPerMillion.toFixed(2)} s`,
    `${peakRssMb.toFixed(0)} MB`,
    Math.round(rowsPerSecond).toLocaleString('en'),
    firstElementSeconds === undefined ? '' : `${firstElementSeconds.toFixed(2)} s`,
  ];
}
