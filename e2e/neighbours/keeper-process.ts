// Told on stdin which processes are running, one a line: `+pid` and `-pid`. When stdin ends, its writer is gone, by
// whatever it was ended, and the processes that are left are killed. A process started by a test never outlives the test.
import { createInterface } from 'node:readline';

const pids = new Set<number>();
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const pid = Number(line.slice(1));
  if (line.startsWith('+')) pids.add(pid);
  else pids.delete(pid);
});
lines.on('close', () => {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in the same moment.
    }
  }
});
