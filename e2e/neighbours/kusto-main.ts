// kusto-local as a program: `node kusto-main.ts PORT FOLDER`, until it is killed. As `kusto-local serve --port --data`, with more
// patience for what a busy machine has to compile.
import { startPatientKusto } from './kusto.ts';

const [port, dataDir = ''] = process.argv.slice(2);
await startPatientKusto({ port: Number(port), dataDir });
