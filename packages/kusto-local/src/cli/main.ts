import { startCli } from './cli.ts';

await startCli(process.argv, process.env);
