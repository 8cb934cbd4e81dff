// Runs each command given, one after the other, to the end, and fails when any of them failed.
import { spawnSync } from 'node:child_process';

let failed = false;
for (const command of process.argv.slice(2)) {
  const [file, ...args] = command.split(' ').filter(Boolean);
  const done = spawnSync(file, args, { stdio: 'inherit' });
  failed ||= done.status !== 0;
}
process.exit(failed ? 1 : 0);
