import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { Skipped } from './check.ts';
import { FakeDapr } from './fake-dapr.ts';
import { ask } from './http-client.ts';
import { ServiceProcess, lastWords, until } from './process.ts';

export interface ConformanceOptions {
  /** The name of the source: what SOURCE_ID says. */
  readonly sourceId: string;
  /** Labels that the source has elements of. */
  readonly nodeLabels: readonly string[];
  readonly relLabels?: readonly string[];
  /** Where a proxy that runs already is reached. */
  readonly proxyUrl?: string;
  /** Its process, for memory and CPU. */
  readonly proxyPid?: number;
  /** Where a reactivator that runs already is reached. */
  readonly reactivatorUrl?: string;
  /** Shell commands that start the services, with the platform's variables in their environment. */
  readonly proxyCommand?: string;
  readonly reactivatorCommand?: string;
  /** Further variables of both. */
  readonly env?: Readonly<Record<string, string>>;
  /** A shell command that makes at least one change in the source. Without one the source is expected to change by itself. */
  readonly changeCommand?: string;
  /** A shell command that makes the bootstrap under way fail. */
  readonly breakCommand?: string;
  /** What a source may use at most, bytes. Default 512 MB, the limit of its pod. */
  readonly memoryLimit?: number;
  /** How long to wait for what has to come, milliseconds. Default 40 000. */
  readonly patienceMs?: number;
}

const MEGABYTE = 1024 * 1024;

/** The source that is tested: where it is, or how it is started, beside a sidecar of the suite's own. */
export class SourceUnderTest {
  readonly options: ConformanceOptions;
  readonly dapr: FakeDapr;
  readonly patienceMs: number;
  readonly memoryLimit: number;
  #processes: ServiceProcess[] = [];
  #proxy: Promise<{ readonly url: string; readonly pid: number | undefined }> | undefined;
  #reactivator: { readonly url: string; readonly process: ServiceProcess } | undefined;

  private constructor(options: ConformanceOptions, dapr: FakeDapr) {
    this.options = options;
    this.dapr = dapr;
    this.patienceMs = options.patienceMs ?? 40_000;
    this.memoryLimit = options.memoryLimit ?? 512 * MEGABYTE;
  }

  static async open(options: ConformanceOptions, daprPort = 0): Promise<SourceUnderTest> {
    const dapr = new FakeDapr();
    await dapr.start(daprPort);
    return new SourceUnderTest(options, dapr);
  }

  get labels(): { readonly nodeLabels: readonly string[]; readonly relLabels: readonly string[] } {
    return { nodeLabels: this.options.nodeLabels, relLabels: this.options.relLabels ?? [] };
  }

  get topic(): string {
    return `${this.options.sourceId}-change`;
  }

  /** The proxy; started, with its reactivator, unless it runs. @throws Skipped without URL and command */
  async proxy(): Promise<{ readonly url: string; readonly pid: number | undefined }> {
    const { proxyUrl, proxyPid, proxyCommand, reactivatorCommand } = this.options;
    if (proxyUrl !== undefined) return { url: proxyUrl, pid: proxyPid };
    if (proxyCommand === undefined) throw new Skipped('needs --proxy-url or --proxy');
    this.#proxy ??= this.#startProxy(proxyCommand, reactivatorCommand !== undefined);
    return this.#proxy;
  }

  async #startProxy(
    command: string,
    withReactivator: boolean,
  ): Promise<{ readonly url: string; readonly pid: number | undefined }> {
    // A proxy may wait for its reactivator before it sends anything.
    if (withReactivator && this.#reactivator === undefined) await this.startReactivator();
    const { url, process } = await this.#start(command, 'proxy');
    await this.#answers(`${url}/supports-stream`, process);
    return { url, pid: process.pid };
  }

  /** The URL of a reactivator. @throws Skipped */
  async reactivatorUrl(): Promise<string> {
    const { reactivatorUrl, reactivatorCommand } = this.options;
    if (reactivatorUrl !== undefined) return reactivatorUrl;
    if (reactivatorCommand === undefined) throw new Skipped('needs --reactivator-url or --reactivator');
    return (this.#reactivator ?? (await this.startReactivator())).url;
  }

  /** A new reactivator process. @throws Skipped without a command */
  async startReactivator(env: Readonly<Record<string, string>> = {}): Promise<{
    readonly url: string;
    readonly process: ServiceProcess;
  }> {
    const { reactivatorCommand } = this.options;
    if (reactivatorCommand === undefined) throw new Skipped('needs --reactivator');
    this.#reactivator = await this.#start(reactivatorCommand, 'reactivator', env);
    return this.#reactivator;
  }

  async stopReactivator(): Promise<void> {
    await this.#reactivator?.process.end();
    this.#reactivator = undefined;
  }

  /** Makes a change happen; a source that changes by itself needs no help. */
  async change(): Promise<void> {
    await runShell(this.options.changeCommand);
  }

  async break(): Promise<void> {
    if (this.options.breakCommand === undefined) throw new Skipped('needs --break');
    await runShell(this.options.breakCommand);
  }

  /** Waits for a message after `since` messages. */
  async published(since = 0, what = 'a change was published'): Promise<void> {
    const end = performance.now() + this.patienceMs;
    const more = (): boolean => this.dapr.published.length > since;
    while (!more() && performance.now() < end) {
      await this.change();
      await until(more, what, 1_000).catch(() => undefined);
    }
    if (!more()) throw new Error(`no message came on ${this.topic} within ${this.patienceMs / 1_000} s`);
  }

  async bootstrap(
    labels: { readonly nodeLabels?: readonly string[]; readonly relLabels?: readonly string[] },
    options: Parameters<typeof ask>[1] = {},
  ): ReturnType<typeof ask> {
    const { url } = await this.proxy();
    const body = JSON.stringify({ nodeLabels: [], relLabels: [], ...labels });
    return ask(`${url}/acquire-stream`, { body, ...options });
  }

  /** Ends what was started, and forgets what it stored. */
  async reset(): Promise<void> {
    const processes = this.#processes;
    this.#processes = [];
    this.#proxy = undefined;
    this.#reactivator = undefined;
    await Promise.all(processes.map((process) => process.end()));
    this.dapr.apps.clear();
    this.dapr.clear();
  }

  async close(): Promise<void> {
    await this.reset();
    await this.dapr.stop();
  }

  async #start(
    command: string,
    service: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly url: string; readonly process: ServiceProcess }> {
    const { sourceId, env: more = {} } = this.options;
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    this.dapr.apps.set(`${sourceId}-${service}`, url);
    const process = new ServiceProcess(command, {
      SOURCE_ID: sourceId,
      INSTANCE_ID: 'conformance',
      PUBSUB: 'drasi-pubsub',
      STATE_STORE_NAME: 'drasi-state',
      APP_PORT: String(port),
      DAPR_HTTP_PORT: String(this.dapr.port),
      ...more,
      ...env,
    });
    this.#processes.push(process);
    return { url, process };
  }

  async #answers(url: string, process: ServiceProcess): Promise<void> {
    await until(
      async () => {
        if (!process.running) throw new Error(`the proxy ended at its start; ${lastWords(process.output)}`);
        return (await ask(url).catch(() => undefined)) !== undefined;
      },
      'the proxy did not answer',
      this.patienceMs,
    );
  }
}

async function runShell(command: string | undefined): Promise<void> {
  if (command === undefined) return;
  const process = new ServiceProcess(command, {});
  const code = await process.exited;
  if (code !== 0) throw new Error(`"${command}" ended with ${code}; ${lastWords(process.output)}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
