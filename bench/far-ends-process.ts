import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { BootstrapReport, FarEndsMessage } from './far-ends.ts';
import { here } from './measured-process.ts';

/** The process of `far-ends.ts`. */
export class FarEnds implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly port: number;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** @param kind whether the entity has a key index */
  static async start(rows: number, kind: 'plain' | 'indexed' = 'plain'): Promise<FarEnds> {
    const child = fork(here('far-ends.ts'), [String(rows), kind], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const { port } = (await next(child)) as { port: number };
    return new FarEnds(child, port);
  }

  /** Reads a bootstrap to its end. */
  async read(url: string): Promise<BootstrapReport> {
    this.#child.send({ read: url });
    const message = await next(this.#child);
    if ('bootstrap' in message) return message.bootstrap;
    throw new Error('error' in message ? message.error : 'the reader told something else');
  }

  /** Resolves when as many changes as there are rows were published; the seconds are counted from the state's first read. */
  async published(): Promise<{
    readonly published: number;
    readonly publishes: number;
    readonly seconds: number;
  }> {
    const message = await next(this.#child);
    if ('published' in message) return message;
    throw new Error('error' in message ? message.error : 'the sidecar told something else');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }
}

async function next(child: ChildProcess): Promise<FarEndsMessage> {
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the far ends' process ended with ${String(code)}`);
  });
  ended.catch(() => undefined);
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [FarEndsMessage];
  return message;
}
