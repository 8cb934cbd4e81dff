import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Usage } from './usage.ts';

export const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** A Node program in a process of its own, which can be asked what it has used. */
export class MeasuredProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #args: readonly string[];
  #stderr = '';

  constructor(
    args: readonly string[],
    options: { readonly env?: Readonly<Record<string, string>>; readonly nodeArgs?: readonly string[] } = {},
  ) {
    this.#args = args;
    this.#child = spawn(
      process.execPath,
      [...(options.nodeArgs ?? []), '--import', here('report-usage.ts'), ...args],
      { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: { ...process.env, ...options.env } },
    );
    this.#child.stderr
      ?.setEncoding('utf8')
      .on('data', (text: string) => (this.#stderr = (this.#stderr + text).slice(-4000)));
  }

  /** @throws Error with what the program wrote when it has ended */
  async usage(): Promise<Usage> {
    this.#throwIfEnded();
    const answer = once(this.#child, 'message') as Promise<[Usage]>;
    this.#child.send('usage');
    const ended = once(this.#child, 'exit').then(() => this.#throwIfEnded());
    const [usage] = (await Promise.race([answer, ended])) as [Usage];
    return usage;
  }

  /** Waits until the program answers at an address with a status below 500. */
  async answersAt(url: string): Promise<void> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      this.#throwIfEnded();
      try {
        const { status } = await fetch(url);
        if (status < 500) return;
      } catch {
        // Not listening yet.
      }
      if (performance.now() > deadline) throw new Error(`${this.#args.join(' ')} does not answer at ${url}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits for what the program writes to stderr, and gives the match. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const found = pattern.exec(this.#stderr);
      if (found !== null) return found;
      this.#throwIfEnded();
      if (performance.now() > deadline)
        throw new Error(`${this.#args.join(' ')} did not say ${pattern.source}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended) return;
    const exit = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const hard = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await exit;
    clearTimeout(hard);
  }

  get #ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #throwIfEnded(): void {
    if (!this.#ended) return;
    throw new Error(
      `${this.#args.join(' ')} ended with ${this.#child.exitCode ?? this.#child.signalCode}: ${this.#stderr}`,
    );
  }
}

/** kusto-local as its command starts it, on a free port, with further options. */
export function serveKustoLocal(...options: readonly string[]): MeasuredProcess {
  const bin = here('../packages/kusto-local/bin/kusto-local.mjs');
  return new MeasuredProcess([bin, 'serve', '--port', '0', ...options]);
}
