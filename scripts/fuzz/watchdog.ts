/**
 * Ends a process that hangs in one input. Nothing in the thread that hangs can: another one looks at a counter, keeps the input
 * and ends the process.
 */
import { writeSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { keepCrasher } from './crashers.ts';

/** A counter, the length of the input, then its bytes. */
const HEAD = 8;
const MAX_BYTES = 256 * 1024;
/** Longer than any target allows itself. */
const HANGS_AFTER_MS = 30_000;

interface Watched {
  readonly shared: SharedArrayBuffer;
  readonly target: string;
  readonly hangsAfterMs: number;
  readonly folder: string | undefined;
}

export class Watchdog implements AsyncDisposable {
  readonly #shared = new SharedArrayBuffer(HEAD + MAX_BYTES);
  readonly #head = new Int32Array(this.#shared, 0, 2);
  readonly #bytes = new Uint8Array(this.#shared, HEAD);
  readonly #worker: Worker;

  constructor(target: string, options: { readonly hangsAfterMs?: number; readonly folder?: string } = {}) {
    const data: Watched = {
      shared: this.#shared,
      target,
      hangsAfterMs: options.hangsAfterMs ?? HANGS_AFTER_MS,
      folder: options.folder,
    };
    this.#worker = new Worker(new URL(import.meta.url), { workerData: data });
    this.#worker.unref();
  }

  /** This input runs now. */
  see(input: Uint8Array): void {
    const length = Math.min(input.length, MAX_BYTES);
    this.#bytes.set(input.subarray(0, length));
    Atomics.store(this.#head, 1, length);
    Atomics.add(this.#head, 0, 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}

function watch({ shared, target, hangsAfterMs, folder }: Watched): void {
  const head = new Int32Array(shared, 0, 2);
  let seen = 0;
  setInterval(() => {
    const now = Atomics.load(head, 0);
    if (now !== seen || now === 0) {
      seen = now;
      return;
    }
    const input = Buffer.from(new Uint8Array(shared, HEAD, Atomics.load(head, 1)));
    const file = keepCrasher(target, input, folder);
    writeSync(2, `${target}: an input never ends. It is kept in ${file}\n`);
    process.kill(process.pid, 'SIGKILL');
  }, hangsAfterMs);
}

if (!isMainThread && parentPort !== null && (workerData as Watched | null)?.shared !== undefined)
  watch(workerData as Watched);
