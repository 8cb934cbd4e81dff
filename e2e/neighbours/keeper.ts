import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('keeper-process.ts', import.meta.url));

/**
 * A process that outlives this one by a moment, to end what this one has started: also after SIGKILL, where no handler of
 * ours runs. Disposed at the end of a test, when everything it knew should be gone already.
 */
export class Keeper implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #gone: Promise<void>;

  constructor() {
    // In a group of its own: Ctrl-C in a terminal goes to the whole group, and would end it before it is needed.
    this.#process = spawn(process.execPath, [script], {
      stdio: ['pipe', 'ignore', 'inherit'],
      detached: true,
      env: {},
    });
    this.#gone = new Promise((resolve) => this.#process.once('close', () => resolve()));
    this.#process.stdin?.on('error', () => {});
    // It must not keep this process alive, which would then wait for itself.
    this.#process.unref();
  }

  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#process.stdin?.write(`+${pid}\n`);
    child.once('exit', () => this.#process.stdin?.write(`-${pid}\n`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.ref();
    this.#process.stdin?.end();
    await this.#gone;
  }
}
