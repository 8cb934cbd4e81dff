// `npm run soak`: SIGKILLs, network chaos, bootstraps and long outages with the real neighbours, a simulated day, and fresh plans of
// the model, in turn, for as long as told. Ends with one summary.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { killsOfTurn, seedsOfTurn, shareOfTurn, sumsOf, turnsOf } from './soak-turns.mjs';

const help = `npm run soak -- [options]
  --minutes N   how long; default 30, with 200 kills in it, and more or fewer in proportion;
                the first turn is made whole, also when that takes longer
  --seed N      the seed of the first turn; default random
  --model ...   only the model, with all options after it: npm run soak -- --model --help
Every part prints the command that repeats it. Ctrl-C ends it at once, with the summary of what there was.
`;

const modelScript = 'packages/kusto-source/test/model/soak.ts';
const hours = ['packages/kusto-source/test/hours/*.test.ts'];
const [first, ...rest] = process.argv.slice(2);
let current;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    stopping.abort();
    current?.();
  });
// The last resort, for an end that nobody waits for: no part outlives this.
process.on('exit', () => current?.());

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
  const folder = mkdtempSync(join(tmpdir(), 'drasi-kusto-soak-'));
  const tally = join(folder, 'tally');
  const failures = [];
  let parts = 0;
  try {
    for (let turn = 0; turn < turns && !isOver(end); turn += 1) {
      say(`turn ${turn + 1} of ${turns}`);
      const turnEnd = end - ((turns - turn - 1) * minutes * 60_000) / turns;
      for (const part of partsOf(turn, turnEnd)) {
        if (turn === 0 ? stopping.signal.aborted : isOver(end)) break;
        const { words, args, env = {} } = part();
        const command = [...Object.entries(env).map(([key, value]) => `${key}=${value}`), words].join(' ');
        say(command);
        // Late by so much at the most; its own time-outs are longer.
        const limitMs = Math.max(0, end - Date.now()) + 300_000;
        const code = await run(args, { ...env, SOAK_TALLY: tally }, limitMs);
        if (stopping.signal.aborted) break;
        parts += 1;
        if (code !== 0) failures.push(command);
      }
    }
    summary();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exitCode = stopping.signal.aborted ? 130 : Math.min(1, failures.length);

  function partsOf(turn, turnEnd) {
    const from = seedsOfTurn(seed, turn);
    const e2e = (name, env) => () => {
      const file = `e2e/${name}.test.ts`;
      const words = `npm run test:e2e -- ${file}`;
      return { words, args: ['--test', '--test-reporter=spec', file], env };
    };
    const model = () => {
      const left = (turnEnd - Date.now()) / 60_000;
      const options = ['--seed', String(from), '--minutes', Math.max(0.2, left).toFixed(2)];
      return { words: `npm run soak -- --model ${options.join(' ')}`, args: [modelScript, ...options] };
    };
    const day = () => ({
      words: `npm test -- '${hours[0]}'`,
      args: ['--test', '--test-reporter=spec', '--test-concurrency=1', ...hours],
    });
    return [
      e2e('chaos', { CHAOS_SEED: from, CHAOS_KILLS: killsOfTurn(minutes) }),
      e2e('network-chaos', { NETWORK_SEED: from, NETWORK_TROUBLES: shareOfTurn(minutes, 26) }),
      e2e('bootstrap-chaos', { BOOTSTRAP_SEED: from, BOOTSTRAP_TROUBLES: shareOfTurn(minutes, 8) }),
      // Once: a simulated day, and absences of a minute.
      ...(turn === 0 ? [e2e('outages', { OUTAGE_SECONDS: minutes >= 10 ? 60 : 3 }), day] : []),
      model,
    ];
  }

  function summary() {
    let text = '';
    try {
      text = readFileSync(tally, 'utf8');
    } catch {
      // No part has come so far as to tell of itself.
    }
    const figures = Object.entries(sumsOf(text)).map(([name, figure]) => `${name} ${figure}`);
    const verdict =
      failures.length > 0
        ? `failed, each repeated by its command:\n${failures.join('\n')}`
        : stopping.signal.aborted
          ? 'stopped before its end; no failure until then'
          : 'everything held';
    say(`seed ${seed}, ${parts} parts; ${[...figures, verdict].join(', ')}`);
  }
}

function isOver(end) {
  return stopping.signal.aborted || Date.now() >= end;
}

/** Resolves with the exit code; 1 when it had to be ended. */
function run(args, env = {}, limitMs = 2 ** 31 - 1) {
  return new Promise((resolve, reject) => {
    // A group of its own, so that it ends with all that it started, at once. What a test starts has a keeper.
    const child = spawn(process.execPath, args, {
      stdio: 'inherit',
      detached: true,
      env: { ...process.env, ...env },
    });
    current = () => {
      try {
        process.kill(-(child.pid ?? 0), 'SIGKILL');
      } catch {
        // It has just ended.
      }
    };
    const limit = setTimeout(() => current?.(), limitMs);
    child.once('error', reject);
    child.once('exit', (code) => {
      // A test file that outlives its runner would go on.
      current?.();
      current = undefined;
      clearTimeout(limit);
      resolve(code ?? 1);
    });
  });
}

function say(text) {
  process.stdout.write(`${new Date().toISOString()} soak: ${text}\n`);
}
