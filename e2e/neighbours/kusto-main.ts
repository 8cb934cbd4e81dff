// kusto-local as a program: `node kusto-main.ts PORT FOLDER`, until it is killed. As `kusto-local serve --port --data`, with more
// patience for what a busy machine has to compile, and for its own port.
import { setTimeout as wait } from 'node:timers/promises';
import { startPatientKusto } from './kusto.ts';

const [port, dataDir = ''] = process.argv.slice(2);
// The port is one of those that the system gives to outgoing connections as well.
for (const end = Date.now() + 30_000; ; await wait(100)) {
  try {
    await startPatientKusto({ port: Number(port), dataDir });
    break;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE' || Date.now() > end) throw error;
  }
}
