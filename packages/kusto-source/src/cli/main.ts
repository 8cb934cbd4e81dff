/** Entry of the `drasi-kusto` command. */
import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { AlreadyTold, exitCodeOf, exitCodes } from './exit-code.ts';
import { createProgram } from './program.ts';
import { shutdownSignal } from './shutdown.ts';
import { tellFailure } from './tell-failure.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const { env, stdout, stderr } = process;
// A reader that went away (`| head`) ends the program cleanly; without a listener it would be a crash.
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.done);
});
stderr.on('error', () => {});
const signal = shutdownSignal(process);

try {
  await createProgram({ env, stdout, stderr, signal }, version).parseAsync(process.argv);
  process.exitCode = exitCodes.done;
} catch (error) {
  process.exitCode = report(error);
}
// Sockets of other ends must not keep a finished command alive; what was written is flushed first.
await Promise.all(
  [stdout, stderr].map((stream) => new Promise<void>((resolve) => stream.write('', () => resolve()))),
);
process.exit();

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.configuration;
  if (error instanceof AlreadyTold) return error.exitCode;
  if (signal.aborted) return error === signal.reason || isAbort(error) ? 130 : exitCodeOf(error);
  const code = exitCodeOf(error);
  if (code !== exitCodes.done) tellFailure(error, { env, stderr });
  return code;
}

function isAbort(error: unknown): boolean {
  return (
    error instanceof Error && ('code' in error ? error.code === 'KUSTO_ABORTED' : error.name === 'AbortError')
  );
}
