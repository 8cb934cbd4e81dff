import { main } from './cli.ts';

// Whoever reads the output may have seen enough (`| head`): that is no failure, and nobody is there to be told.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await main(process.argv.slice(2), process.stdout, process.stderr);
