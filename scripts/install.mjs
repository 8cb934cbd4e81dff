// Installs the workspace when its lock file changed, on whatever Node runs this file (20 or newer).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const minimum = [22, 19];
const stamp = join(root, 'node_modules', '.installed');

/** The path of the workspace's own Node, installed if needed. Exits the process when it is missing or too old. */
export function ensureInstalled() {
  const wanted = fingerprint();
  const found = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (found !== wanted) install(wanted);
  return checkedNode();
}

function fingerprint() {
  const hash = createHash('sha256');
  for (const file of ['package-lock.json', '.npmrc']) hash.update(readFileSync(join(root, file)));
  return `${process.platform}-${process.arch}-${hash.digest('hex')}\n`;
}

function install(wanted) {
  process.stderr.write('Installing dependencies (npm ci)…\n');
  const npm = process.env['npm_execpath'];
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
  // npm's own output goes to stderr: stdout belongs to the program that is started next.
  const done = spawnSync(command, [...args, 'ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (done.status !== 0) fail(`npm ci failed (exit code ${done.status ?? done.signal}): see above`);
  writeFileSync(stamp, wanted);
}

function checkedNode() {
  const node = join(root, 'node_modules', '.bin', 'node');
  const asked = spawnSync(node, ['--version'], { encoding: 'utf8' });
  const version = /^v(\d+)\.(\d+)\./.exec(asked.stdout ?? '');
  if (!version)
    fail(`${node} does not run: remove node_modules and run npm ci (the package "node" installs it)`);
  const [major, minor] = [Number(version[1]), Number(version[2])];
  if (major < minimum[0] || (major === minimum[0] && minor < minimum[1]))
    fail(
      `${node} is ${asked.stdout.trim()}, but ${minimum.join('.')} or newer is needed: remove node_modules and run npm ci`,
    );
  return node;
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
