import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Keeper } from './keeper.ts';
import { until } from './until.ts';

export interface ProgramSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The whole environment: nothing is inherited, so that a run does not depend on who starts it. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** True once it does its work. A throw means: not yet. */
  readonly ready: () => boolean | Promise<boolean>;
  /** Gets every line of stdout; the lines it answers with true stay out of the log. */
  readonly onLine?: (line: string) => boolean;
}

const KEPT_LINES = 2_000;

/** A program that can be killed and started again, as the same one: same ports, same folders, same log. */
export class Program implements AsyncDisposable {
  readonly name: string;
  readonly #spec: ProgramSpec;
  readonly #keeper: Keeper;
  readonly #log: string[] = [];
  #child: ChildProcess | undefined;
  #exit: Promise<void> = Promise.resolve();
  #killed = false;
  #ended: string | undefined;

  constructor(spec: ProgramSpec, keeper: Keeper) {
    this.name = spec.name;
    this.#spec = spec;
    this.#keeper = keeper;
  }

  /** The last lines of stdout and stderr, of all its runs. */
  get log(): readonly string[] {
    return this.#log;
  }

  /** How it ended without being killed; undefined while all is well. */
  get ended(): string | undefined {
    return this.#ended;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves once it is ready. @throws Error when it ends before, or takes longer than 60 s */
  async start(): Promise<void> {
    const { command, args, env, cwd, ready, onLine } = this.#spec;
    this.#killed = false;
    this.#ended = undefined;
    const child = spawn(command, args, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env,
      ...(cwd === undefined ? {} : { cwd }),
    });
    this.#child = child;
    this.#keeper.watch(child);
    // A write to a program that has just been killed is no failure of the test.
    child.stdin.on('error', () => {});
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (onLine?.(line) !== true) this.note(line);
    });
    createInterface({ input: child.stderr }).on('line', (line) => this.note(line));
    this.#exit = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#ended = error.message;
        resolve();
      });
      child.once('close', (code, signal) => {
        if (!this.#killed) this.#ended ??= `it ended with ${signal ?? `exit code ${code}`}`;
        resolve();
      });
    });
    await until(async () => this.#ended !== undefined || (await ready()), `${this.name}, started and ready`, {
      timeoutMs: 60_000,
    });
    this.check();
  }

  /** @throws Error when it has ended although nobody killed it */
  check(): void {
    if (this.#ended !== undefined)
      throw new Error(`${this.name}: ${this.#ended}\n${this.#log.slice(-20).join('\n')}`);
  }

  write(text: string): void {
    this.#child?.stdin?.write(text);
  }

  /** Resolves when it is gone. After any other signal than SIGKILL it has 15 s. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    this.#killed = true;
    this.note(`--- ${signal} from the test`);
    this.#child?.kill(signal);
    const hurry = setTimeout(() => this.#child?.kill('SIGKILL'), 15_000);
    await this.#exit;
    clearTimeout(hurry);
  }

  /** Sends a signal that does not end it. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.note(`--- ${signal} from the test`);
    this.#child?.kill(signal);
  }

  note(line: string): void {
    this.#log.push(line);
    if (this.#log.length > KEPT_LINES) this.#log.splice(0, KEPT_LINES / 2);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill('SIGKILL');
  }
}
