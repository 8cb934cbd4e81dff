import { fork, spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Usage {
  readonly cpuSeconds: number;
  readonly peakRssMb: number;
  readonly wallSeconds: number;
}

export const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** The service process of one run, and what it told. */
export class Service implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly port: Promise<number>;
  /** Resolves when all rows were published. */
  readonly published: Promise<number>;

  constructor(rows: number) {
    this.child = fork(here('service.ts'), [String(rows)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const port = Promise.withResolvers<number>();
    const published = Promise.withResolvers<number>();
    this.child.on('message', (message: { port?: number; published?: number }) => {
      if (message.port !== undefined) port.resolve(message.port);
      if (message.published !== undefined) published.resolve(message.published);
    });
    this.child.on('exit', (code) => port.reject(new Error(`the service ended with ${code}`)));
    this.port = port.promise;
    this.published = published.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.disconnect();
    await new Promise((resolve) => this.child.once('exit', resolve));
  }
}

/** Runs a Node program to its end (or until `stop`, which ends it by SIGTERM) and returns what it used. */
export async function measure(
  args: readonly string[],
  options: { env?: Record<string, string>; stop?: Promise<unknown>; nodeArgs?: readonly string[] },
): Promise<Usage> {
  const began = performance.now();
  const child = spawn(
    process.execPath,
    [...(options.nodeArgs ?? []), '--import', here('report-usage.ts'), ...args],
    {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    },
  );
  let stderr = '';
  let report = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)));
  child.stdio[3]?.on('data', (text: Buffer) => (report += text.toString()));
  const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
  let wallSeconds: number | undefined;
  const stop = async (): Promise<void> => {
    await options.stop;
    wallSeconds = (performance.now() - began) / 1000;
    // The checkpoint follows the last publish: let it be stored before the process is told to end.
    setTimeout(() => child.kill('SIGTERM'), 200);
  };
  if (options.stop !== undefined) void stop();
  const code = await closed;
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stderr}`);
  const usage = JSON.parse(report) as { cpuSeconds: number; peakRssMb: number };
  return { ...usage, wallSeconds: wallSeconds ?? (performance.now() - began) / 1000 };
}
