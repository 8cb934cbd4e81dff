/** A service of a source as a child process. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** What is kept of an output: its end. */
const TAIL = 4_000;

export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<number | NodeJS.Signals>;
  #output = '';

  /** @param command for the shell; `exec` makes the program the child itself, so that signals reach it */
  constructor(command: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn('sh', ['-c', `exec ${command}`], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (bytes: Buffer) => (this.#output = (this.#output + bytes.toString()).slice(-TAIL)));
    this.exited = new Promise((resolve) => {
      this.#child.once('error', () => resolve(127));
      this.#child.once('close', (code, signal) => resolve(code ?? signal ?? 1));
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get output(): string {
    return this.#output;
  }

  kill(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  async end(): Promise<void> {
    this.kill('SIGKILL');
    await this.exited;
  }
}

/** The last words of a process, for a message; without the frames, brackets and version that end a stack trace of Node. */
export const lastWords = (output: string): string => {
  if (output.trim() === '') return 'it said nothing';
  const lines = output.trim().split('\n');
  const told = lines.filter((line) => /\w/.test(line) && !/^\s+at |^Node\.js v\d/.test(line));
  return `its last words: ${(told.length > 0 ? told : lines).slice(-3).join(' | ')}`;
};

/** Resident memory in bytes, and CPU time in ms; undefined where the system does not tell it. Linux only. */
export function usageOf(pid: number): { readonly rss: number; readonly cpuMs: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1');
    const rss = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // utime and stime, in ticks of 10 ms.
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * 10;
    return Number.isFinite(rss) && Number.isFinite(cpuMs) ? { rss, cpuMs } : undefined;
  } catch {
    return undefined;
  }
}

/** Waits for what must come true. @throws Error with `what` */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms: number,
): Promise<void> {
  const end = performance.now() + ms;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`${what} within ${ms / 1_000} s`);
    await wait(20);
  }
}
