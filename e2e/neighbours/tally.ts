import { appendFileSync } from 'node:fs';

/** Adds figures to the summary of a soak, which names its file in SOAK_TALLY: one JSON object a line. Nothing without one. */
export function tally(figures: Readonly<Record<string, number>>): void {
  const file = process.env['SOAK_TALLY'];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(figures)}\n`);
}
