import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { spawn } from 'node:child_process';
import type { Keeper } from './keeper.ts';

/** Gets one line for a person. */
export type Log = (line: string) => void;

export interface RunOptions {
  readonly keeper: Keeper;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Every half minute a line with what is being done and for how long. */
  readonly progress?: { readonly what: string; readonly log: Log };
  /** Lets others go first. */
  readonly nice?: boolean;
}

/** The folders of PATH, and those where the installers of Go and Rust put their commands. */
function searchPath(): string {
  const { PATH = '' } = process.env;
  return [PATH, '/usr/local/go/bin', join(homedir(), '.cargo', 'bin')].join(delimiter);
}

/** A command that is not installed. */
export class MissingCommand extends Error {}

/**
 * Runs a command to its end; resolves with stdout.
 * @throws MissingCommand when there is no such command; Error with its last lines when it fails
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { keeper, cwd, env = {}, progress, nice = false } = options;
  const [file, words] = nice ? ['nice', ['-n', '10', command, ...args]] : [command, args];
  const child = spawn(file, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATH: searchPath(), ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  keeper.watch(child);
  let [stdout, all] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (all += text));
  const began = Date.now();
  const ticks =
    progress &&
    setInterval(
      () => progress.log(`${progress.what}: ${Math.round((Date.now() - began) / 1000)} s so far`),
      30_000,
    );
  try {
    const code = await new Promise<number | string | null>((resolve, reject) => {
      child.once('error', (error) =>
        reject(
          'code' in error && error.code === 'ENOENT'
            ? new MissingCommand(`${file} was not found`, { cause: error })
            : error,
        ),
      );
      child.once('close', (exitCode, signal) => resolve(signal ?? exitCode));
    });
    if (code !== 0)
      throw new Error(
        `${command} ${args.join(' ')} ended with ${code}:\n${all.trimEnd().split('\n').slice(-30).join('\n')}`,
      );
    return stdout;
  } finally {
    clearInterval(ticks);
  }
}
