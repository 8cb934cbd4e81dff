#!/usr/bin/env node
// Runs on any Node that can parse it, and goes on with one that is new enough: this one, or the workspace's own from the npm
// package "node". Never silently on an old one: so nothing is imported by a name that Node 20 has not.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [major, minor] = process.versions.node.split('.').map(Number);
// The sources end what they open by "using", which Node 24 knows; a package is compiled for older ones too.
const isPackage = !existsSync(new URL('../src/cli/main.ts', import.meta.url));
if (major >= 24 || (isPackage && (major === 23 || (major === 22 && minor >= 19)))) {
  // From the second start on no types are stripped and little is compiled: it is faster, and 25 MB smaller.
  nodeModule.enableCompileCache();
  await import('../src/cli/main.ts');
} else {
  const node = newerNode(dirname(fileURLToPath(import.meta.url)));
  if (node === undefined) {
    process.stderr.write(
      isPackage
        ? `drasi-kusto needs Node 22.19 or newer; this is ${process.version}.\n`
        : `drasi-kusto needs Node 24 in a checkout; this is ${process.version}. Run "npm ci" first.\n`,
    );
    process.exit(1);
  }
  // The channel ends the child when this process is killed: a child must not outlive what started it.
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, DRASI_KUSTO_PARENT_CHANNEL: '1' },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) =>
    process.exit(signal ? 128 + ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1) : code),
  );
}

function newerNode(from) {
  for (let folder = from; ; folder = dirname(folder)) {
    const node = join(folder, 'node_modules', '.bin', 'node');
    if (existsSync(node)) return node;
    if (folder === dirname(folder)) return undefined;
  }
}
