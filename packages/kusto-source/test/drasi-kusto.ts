import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../bin/drasi-kusto.mjs', import.meta.url));

/** A `drasi-kusto` process of a test: what it has written so far, and waiting for more. */
export class DrasiKusto {
  readonly child: ChildProcess;
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.exit = new Promise((resolve) => this.child.on('close', (code, signal) => resolve({ code, signal })));
  }

  /** The complete lines of stdout so far, parsed. */
  get lines(): readonly Record<string, unknown>[] {
    const complete = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return complete
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async until(condition: (process: this) => boolean, what: string, timeoutMs = 20_000): Promise<void> {
    const end = Date.now() + timeoutMs;
    while (!condition(this)) {
      if (Date.now() > end || this.child.exitCode !== null)
        throw new Error(
          `${what} did not come; stdout: ${this.stdout.slice(-2000)}\nstderr: ${this.stderr.slice(-2000)}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.child.kill(signal);
    await this.exit;
  }
}

/** A Source YAML in a folder of its own, removed at the end. */
export async function sourceFile(
  properties: Readonly<Record<string, string | number>>,
): Promise<AsyncDisposable & { path: string; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'drasi-kusto-test-'));
  const path = join(folder, 'source.yaml');
  const lines = Object.entries(properties).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`);
  await writeFile(
    path,
    `apiVersion: v1\nkind: Source\nname: storms\nspec:\n  kind: Kusto\n  properties:\n${lines.join('\n')}\n`,
  );
  return { path, folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
