import { readFile, writeFile } from 'node:fs/promises';
import { here } from './measured-process.ts';
import type { Contest, Ratio } from './contest.ts';

/** Ratios by mode, then by the number of rows, then by name. */
type Baselines = Record<string, Record<string, Record<string, number>>>;

/** A ratio that got worse by more than this share of its baseline fails the run. */
const tolerance = 0.2;

const file = here('baselines.json');

export interface Regression extends Ratio {
  readonly baseline: number;
}

/** The ratios of a contest that are worse than what is stored for the same number of rows. */
export async function regressions(contest: Contest): Promise<readonly Regression[]> {
  const stored = (await read())[contest.mode]?.[String(contest.rows)] ?? {};
  return contest.ratios.flatMap((ratio) => {
    const baseline = stored[ratio.name];
    return baseline !== undefined && isWorse(ratio, baseline) ? [{ ...ratio, baseline }] : [];
  });
}

export function isWorse({ value, better }: Ratio, baseline: number): boolean {
  return better === 'higher' ? value < baseline * (1 - tolerance) : value > baseline * (1 + tolerance);
}

export async function store(contest: Contest): Promise<void> {
  const all = await read();
  const ratios = Object.fromEntries(
    contest.ratios.map(({ name, value }) => [name, Number(value.toFixed(2))]),
  );
  all[contest.mode] = { ...all[contest.mode], [String(contest.rows)]: ratios };
  await writeFile(file, `${JSON.stringify(all, undefined, 2)}\n`);
}

async function read(): Promise<Baselines> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Baselines;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
