// `npm run simulate [-- plans]`: so many short plans of the model, 1,000 by default, in as many processes as there are cores up to two.
// Every invariant is judged after each (packages/kusto-source/test/model/). `npm run soak` runs longer plans for as long as told.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const soak = fileURLToPath(new URL('../packages/kusto-source/test/model/soak.ts', import.meta.url));
const plans = Number(process.argv[2] ?? 1000);
if (!Number.isSafeInteger(plans) || plans < 1) {
  process.stderr.write(`the number of plans is a whole number, not ${process.argv[2]}\n`);
  process.exit(2);
}
const processes = Math.min(2, availableParallelism());
/** Longer plans find more a plan and less a minute. */
const steps = 10;

const codes = await Promise.all(
  Array.from({ length: processes }, (_, index) => {
    const share = Math.floor(plans / processes) + (index < plans % processes ? 1 : 0);
    // Far apart, so that no two processes run the same plan.
    const first = 1_000_000 * (index + 1);
    const args = ['--plans', share, '--seed', first, '--steps', steps].map(String);
    const child = spawn(process.execPath, [soak, ...args], { stdio: 'inherit' });
    return new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
  }),
);
process.exitCode = codes.some((code) => code !== 0) ? 1 : 0;
