// `npm run soak`: fresh plans of the model, SIGKILLs and network chaos with the real neighbours, in turn, for as long as told.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { killsOfTurn, seedsOfTurn, turnsOf } from './soak-turns.mjs';

const help = `npm run soak -- [options]
  --minutes N   how long; default 30, with 200 kills in it, and more or fewer in proportion
  --seed N      the seed of the first turn; default random
  --model ...   only the model, with all options after it: npm run soak -- --model --help
Every part prints the command that repeats it.
`;

const modelScript = 'packages/kusto-source/test/model/soak.ts';
const [first, ...rest] = process.argv.slice(2);
let current;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => {
    stopping.abort();
    current?.kill(signal);
  });

if (first === '--model') process.exitCode = await run([modelScript, ...rest]);
else await soak(options());

function options() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '30' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 30)) },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (values.help || !(minutes > 0) || !Number.isSafeInteger(seed)) {
    process.stderr.write(help);
    process.exit(values.help ? 0 : 2);
  }
  return { minutes, seed };
}

async function soak({ minutes, seed }) {
  const end = Date.now() + minutes * 60_000;
  const turns = turnsOf(minutes);
  const failures = [];
  for (let turn = 0; turn < turns && !stopping.signal.aborted && Date.now() < end; turn += 1) {
    const seeds = seedsOfTurn(seed, turn);
    const turnEnd = end - ((turns - turn - 1) * minutes * 60_000) / turns;
    say(`turn ${turn + 1} of ${turns}`);
    const parts = [
      () => e2e('chaos', { CHAOS_SEED: seeds, CHAOS_KILLS: killsOfTurn(minutes) }),
      // The long absences once; they take three times as long as each.
      () =>
        e2e('network-chaos', { NETWORK_SEED: seeds, OUTAGE_SECONDS: turn === 0 && minutes >= 10 ? 60 : 3 }),
      () => model(seeds, Math.max(0.2, (turnEnd - Date.now()) / 60_000)),
    ];
    for (const part of parts) {
      if (stopping.signal.aborted || Date.now() >= end) break;
      const { command, code } = await part();
      if (code !== 0 && !stopping.signal.aborted) failures.push(command);
    }
  }
  say(failures.length === 0 ? 'everything held' : `failed:\n${failures.join('\n')}`);
  process.exitCode = stopping.signal.aborted ? 130 : Math.min(1, failures.length);

  async function e2e(name, settings) {
    const env = Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, String(value)]));
    const file = `e2e/${name}.test.ts`;
    const words = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    const command = `${words.join(' ')} npm run test:e2e -- ${file}`;
    say(command);
    // Late by so much at the most; its own time-outs are longer.
    const limitMs = Math.max(0, end - Date.now()) + 300_000;
    return { command, code: await run(['--test', '--test-reporter=spec', file], env, limitMs) };
  }

  async function model(from, forMinutes) {
    const words = ['--seed', String(from), '--minutes', forMinutes.toFixed(2)];
    const command = `npm run soak -- --model ${words.join(' ')}`;
    say(command);
    return { command, code: await run([modelScript, ...words]) };
  }
}

/** Resolves with the exit code; 1 when it had to be ended. */
function run(args, env = {}, limitMs = 2 ** 31 - 1) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
    current = child;
    const limit = setTimeout(() => child.kill('SIGTERM'), limitMs);
    child.once('error', reject);
    child.once('exit', (code) => {
      clearTimeout(limit);
      resolve(code ?? 1);
    });
  });
}

function say(text) {
  process.stdout.write(`${new Date().toISOString()} soak: ${text}\n`);
}
