import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';

/** The engine's Python package and its exact version. */
export const drasiPackage = { name: 'drasi-lib', version: '0.3.0' } as const;

export interface InstallOptions {
  /** Where packages are kept between runs: {@link defaultCacheDir}. */
  readonly cacheDir: string;
  /** Gets lines for a person: what is being done, and the installer's words. Never for stdout. */
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
  /** The most the whole may take, milliseconds. Default 60 000. */
  readonly timeoutMs?: number;
  /** Names or paths to try as Python, in this order. */
  readonly pythons?: readonly string[];
}

export type Installation =
  | {
      readonly available: true;
      readonly python: string;
      /** Its version, such as `3.11.7`. */
      readonly pythonVersion: string;
      /** The folder that holds the package `drasi`. */
      readonly packages: string;
    }
  | {
      readonly available: false;
      /** One line: why not. */
      readonly reason: string;
    };

/** `$XDG_CACHE_HOME/drasi-kusto`, by default `~/.cache/drasi-kusto`. */
export function defaultCacheDir(env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'drasi-kusto');
}

// A wheel or nothing: building the engine from source takes a Rust toolchain and many minutes.
const pipInstall =
  '-m pip install --only-binary :all: --no-compile --no-input --disable-pip-version-check --progress-bar off --retries 1'.split(
    ' ',
  );
const pythonNames = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];

/**
 * Finds a Python and makes sure it has the Drasi engine: a folder of its own in the cache, so nothing of the user's
 * Python is changed. Never throws for a machine that lacks something: the answer says what.
 */
export async function installDrasiEngine(options: InstallOptions): Promise<Installation> {
  const { cacheDir, log, timeoutMs = 60_000 } = options;
  const limit = AbortSignal.timeout(timeoutMs);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const python = await findPython(options.pythons ?? pythonNames, signal);
  if (python === undefined) return unavailable('no Python 3.10 or newer was found (looked for python3)');
  const packages = join(cacheDir, `${drasiPackage.name}-${drasiPackage.version}`);
  if (isInstalled(packages)) return { available: true, ...python, packages };

  log(`installing ${drasiPackage.name} ${drasiPackage.version} into ${packages} (once)`);
  const staging = `${packages}.${randomUUID()}`;
  try {
    await mkdir(cacheDir, { recursive: true });
    const pip = await run(
      python.python,
      [...pipInstall, '--target', staging, `${drasiPackage.name}==${drasiPackage.version}`],
      signal,
    );
    for (const line of pip.output.split('\n')) if (line.trim() !== '') log(line.trim());
    if (limit.aborted) return unavailable(`pip did not finish within ${Math.round(timeoutMs / 1000)} s`);
    if (pip.failed) return unavailable(`pip could not install ${drasiPackage.name}: ${lastLine(pip.output)}`);
    const check = await run(python.python, ['-c', 'import drasi'], signal, { PYTHONPATH: staging });
    if (check.failed)
      return unavailable(`${drasiPackage.name} does not load here: ${lastLine(check.output)}`);
    await publish(staging, packages);
    return { available: true, ...python, packages };
  } catch (error) {
    return unavailable(error instanceof Error ? error.message : String(error));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

function unavailable(reason: string): Installation {
  return { available: false, reason };
}

function isInstalled(packages: string): boolean {
  return existsSync(join(packages, 'drasi', '__init__.py'));
}

/** By a rename, so that a folder with the final name is always whole, even when two runs install at once. */
async function publish(staging: string, packages: string): Promise<void> {
  try {
    await rename(staging, packages);
  } catch (error) {
    if (!isInstalled(packages)) throw error;
  }
}

async function findPython(
  names: readonly string[],
  signal: AbortSignal,
): Promise<{ python: string; pythonVersion: string } | undefined> {
  const script = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';
  for (const name of names) {
    const { output, failed } = await run(name, ['-c', script], signal);
    const [python, pythonVersion] = output.trim().split('\n');
    if (failed || python === undefined || pythonVersion === undefined) continue;
    const [major = 0, minor = 0] = pythonVersion.split('.').map(Number);
    if (major > 3 || (major === 3 && minor >= 10)) return { python, pythonVersion };
  }
  return undefined;
}

function run(
  command: string,
  args: readonly string[],
  signal: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<{ output: string; failed: boolean }> {
  return new Promise((resolve) => {
    execFile(
      command,
      args,
      { signal, env: { ...process.env, ...env }, maxBuffer: 4 * 1024 * 1024, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`;
        resolve({ output: error === null || output !== '' ? output : error.message, failed: error !== null });
      },
    );
  });
}

/** The last line that says something: pip ends its complaints with the one that matters. */
function lastLine(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /error/i.test(line));
  return (errors.at(-1) ?? lines.at(-1) ?? 'no reason given').trim().slice(0, 200);
}
