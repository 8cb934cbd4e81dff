// Runs fresh plans for as long as told: `npm run soak -- --model --minutes 60`. Plans that fail are stored beside this file.
import { appendFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { keepFailingPlan } from './failing-plans.ts';
import { ModelRuns, twoProcesses } from './model-runs.ts';
import { profileNamed, profiles } from './profiles.ts';
import { randomPlan } from './random-plan.ts';
import { twoProcessPlan, type AnyPlan } from './two-process-plan.ts';

const help = `npm run soak -- --model [options]
  --minutes N       how long; default 60
  --plans N         how many instead
  --profile NAMES   only these, separated by commas; default all: ${[...profiles.map(({ name }) => name), twoProcesses].join(', ')}
  --seed N          the first seed; with no --minutes, only this one
  --steps N         of each plan; default 40
  --shrink N        the most seconds to shorten a plan that fails; default 120
`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    plans: { type: 'string' },
    profile: { type: 'string' },
    seed: { type: 'string' },
    steps: { type: 'string', default: '40' },
    shrink: { type: 'string', default: '120' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help === true) {
  process.stdout.write(help);
  process.exit(0);
}
const plans = values.plans === undefined ? undefined : count('plans', values.plans);
const once = values.seed !== undefined && values.minutes === undefined && plans === undefined;
const minutes = count('minutes', values.minutes ?? '60');
const steps = count('steps', values.steps);
const shrinkMs = count('shrink', values.shrink) * 1000;
const named = values.profile?.split(',');
const chosen =
  named === undefined ? profiles : named.filter((name) => name !== twoProcesses).map(profileNamed);
const kinds: readonly ((seed: number, steps: number) => AnyPlan)[] = [
  ...chosen.map((profile) => (from: number, length: number) => randomPlan(profile, from, length)),
  ...(named?.includes(twoProcesses) === false ? [] : [twoProcessPlan]),
];
let seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : count('seed', values.seed);

const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());

await using runs = await ModelRuns.start();
say(`profiles ${named?.join(', ') ?? 'all'}; first seed ${seed}; ${steps} steps a plan`);
if (runs.withoutEngine !== undefined) say(`without the real engine: ${runs.withoutEngine}`);
/** In so many plans of all profiles, some process has died at almost every point, and at the others it is made to. */
const plansForEveryPoint = 250;
/** More of them are most likely the same one again. */
const mostFailures = 5;
const end = Date.now() + minutes * 60_000;
let told = Date.now();
let failures = 0;
do {
  for (const planOf of kinds) {
    if (isEnough()) break;
    const failure = await runs.judge(planOf(seed, steps), shrinkMs);
    if (failure !== undefined) {
      failures += 1;
      say(failure.report);
      keepFailingPlan({ why: failure.report.split('\n', 1)[0] ?? '', plan: failure.plan });
    }
    if (Date.now() - told > 60_000) {
      told = Date.now();
      say(`seed ${seed}: ${JSON.stringify(runs.total)}, ${failures} failures`);
    }
  }
  seed += 1;
  if (once) break;
} while (!isEnough());
const isWide = runs.total.plans >= plansForEveryPoint && chosen === profiles && !stopping.signal.aborted;
for (const { report, plan } of isWide ? await runs.dieAtMissedPoints(shrinkMs) : []) {
  failures += 1;
  say(report);
  keepFailingPlan({ why: report.split('\n', 1)[0] ?? '', plan });
}
say(`${JSON.stringify(runs.total)}, ${failures} failures`);
say(`deaths: ${String(runs.crashes)}`);
// Where a soak of several parts adds up its figures.
const tallyFile = process.env['SOAK_TALLY'];
if (tallyFile !== undefined)
  appendFileSync(
    tallyFile,
    `${JSON.stringify({ 'model plans': runs.total.plans, 'failing plans': failures })}\n`,
  );
if (failures > 0) process.exitCode = 1;
if (isWide && runs.crashes.missed.length > 0) {
  say(`no process died ${runs.crashes.missed.join(', ')}`);
  process.exitCode = 1;
}

function isEnough(): boolean {
  if (stopping.signal.aborted || failures >= mostFailures) return true;
  return plans === undefined ? Date.now() >= end : runs.total.plans >= plans;
}

function say(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) {
    process.stderr.write(`--${name} is a number, not ${text}\n${help}`);
    process.exit(2);
  }
  return value;
}
