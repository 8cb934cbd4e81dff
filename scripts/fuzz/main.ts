// `npm run fuzz -- [--seconds N] [--target T]`: see CONTRIBUTING.md.
import { readFileSync } from 'node:fs';
import { inspect, parseArgs } from 'node:util';
import { crashersOf, keepCrasher } from './crashers.ts';
import { fuzz, runInput, shrink, type Finding } from './fuzz.ts';
import type { Target } from './target.ts';
import { targets } from './targets/all.ts';
import { Watchdog } from './watchdog.ts';

const HELP = `npm run fuzz -- [options]
  --seconds N     how long in all, shared by the targets (default 60)
  --target T      one of ${targets.map(({ name }) => name).join(', ')} (default: all, in turn)
  --seed N        the inputs of that seed (default: another one each time; it is printed)
  --runs N        at most so many inputs a target
  --replay FILE   runs this input alone, with --target
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    target: { type: 'string' },
    seed: { type: 'string' },
    runs: { type: 'string' },
    replay: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function number(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) refuse(`--${name} must be a number`);
  return value;
}

function refuse(why: string): never {
  process.stderr.write(`${why}
${HELP}`);
  process.exit(2);
}

function tell(target: Target, { input, error }: Finding, file: string): void {
  say(`${target.name}: ${inspect(error, { depth: 3 })}`);
  say(
    `  ${JSON.stringify(Buffer.from(input.subarray(0, 400)).toString('latin1'))}, ${input.length} bytes, in ${file}`,
  );
  say(`  npm run fuzz -- --target ${target.name} --replay ${file}`);
}

/** What was a finding once. */
async function oldFindings(target: Target): Promise<boolean> {
  let found = false;
  const crashers = crashersOf(target.name);
  if (crashers.length === 0) return false;
  const open = await target.open();
  await using watchdog = new Watchdog(target.name);
  try {
    for (const { file, input } of crashers) {
      watchdog.see(input);
      const finding = await runInput(open, target, input);
      if (finding === undefined) continue;
      tell(target, finding, file);
      found = true;
    }
  } finally {
    await open.close();
  }
  return found;
}

async function fuzzOne(target: Target, seed: number, forMs: number): Promise<boolean> {
  if (await oldFindings(target)) return true;
  const began = performance.now();
  await using watchdog = new Watchdog(target.name);
  const { finding, runs, kept, functions } = await fuzz(target, {
    seed,
    forMs,
    watch: (input) => watchdog.see(input),
    ...(values.runs === undefined ? {} : { maxRuns: number('runs', values.runs) }),
  });
  const took = (performance.now() - began) / 1_000;
  say(
    `${target.name}: ${runs} inputs in ${took.toFixed(1)} s, ${kept} of them reached something new, ${functions} functions`,
  );
  if (finding === undefined) return false;
  const smallest = await shrink(target, finding, 10_000, (input) => watchdog.see(input));
  tell(target, smallest, keepCrasher(target.name, smallest.input));
  return true;
}

async function replay(target: Target, file: string): Promise<boolean> {
  const open = await target.open();
  await using watchdog = new Watchdog(target.name);
  try {
    const input = readFileSync(file);
    watchdog.see(input);
    const finding = await runInput(open, target, input);
    if (finding === undefined) say(`${target.name}: nothing is wrong with it`);
    else tell(target, finding, file);
    return finding !== undefined;
  } finally {
    await open.close();
  }
}

const chosen = targets.filter(({ name }) => values.target === undefined || name === values.target);
if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}
if (chosen.length === 0) refuse(`there is no target "${values.target}"`);
let found = false;
if (values.replay !== undefined) {
  const [target, second] = chosen;
  if (target === undefined || second !== undefined) refuse('--replay needs --target');
  found = await replay(target, values.replay);
} else {
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : number('seed', values.seed);
  const forMs = (number('seconds', values.seconds) * 1_000) / chosen.length;
  say(`seed ${seed}`);
  for (const target of chosen) found = (await fuzzOne(target, seed, forMs)) || found;
}
process.exitCode = found ? 1 : 0;
