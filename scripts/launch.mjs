// `npm start`, `npm test` and the rest: install if needed, then go on with the workspace's own Node.
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join, delimiter } from 'node:path';
import { ensureInstalled, root } from './install.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const tests = (pattern) => ['--test', '--test-reporter=spec', ...pattern];
// Node leaves one processor free: with two of them the files would run one by one.
const atOnce = `--test-concurrency=${Math.max(2, availableParallelism() - 1)}`;

const tasks = {
  start: (node, args) => [node, ['packages/kusto-source/bin/drasi-kusto.mjs', 'quickstart', ...args]],
  test: (node, args) => [
    node,
    tests([
      atOnce,
      ...(args.length > 0 ? args : ['packages/*/{src,test}/**/*.test.ts', 'scripts/**/*.test.{mjs,ts}']),
    ]),
  ],
  e2e: (node, args) => [
    node,
    // Two worlds at a time: each waits more than it works.
    tests(['--test-concurrency=2', ...(args.length > 0 ? args : ['e2e/**/*.test.ts'])]),
  ],
  lint: (node, args) => [
    node,
    [
      'scripts/run-all.mjs',
      `${bin('oxlint')} --type-aware --deny-warnings ${args.join(' ')}`,
      `${bin('oxfmt')} --check .`,
    ],
  ],
  format: (node, args) => [bin('oxfmt'), args.length > 0 ? args : ['.']],
  typecheck: () => [bin('tsc'), ['-p', 'tsconfig.json']],
  bench: (node, args) => [node, ['bench/main.ts', ...args]],
  kernels: (node) => [node, ['scripts/kernels.mjs']],
  api: (node) => [node, ['scripts/api.mjs']],
  docs: (node) => [
    node,
    ['scripts/run-all.mjs', `${node} scripts/troubleshooting.mjs`, `${node} scripts/api.mjs --reference`],
  ],
  audit: (node) => [node, ['scripts/audit.mjs']],
  conformance: (node, args) => [node, ['packages/source-sdk/src/conformance/main.ts', ...args]],
  simulate: (node, args) => [node, ['scripts/simulate.mjs', ...args]],
  soak: (node, args) => [node, ['scripts/soak.mjs', ...args]],
  fuzz: (node, args) => [node, ['--disable-warning=ExperimentalWarning', 'scripts/fuzz/main.ts', ...args]],
  mutations: (node, args) => [node, ['scripts/mutations/main.ts', ...args]],
  pack: (node, args) => [node, ['scripts/pack.mjs', ...args]],
};

const [name, ...args] = process.argv.slice(2);
const task = tasks[name];
if (!task) {
  process.stderr.write(`Unknown task "${name}". One of: ${Object.keys(tasks).join(', ')}\n`);
  process.exit(2);
}
const node = ensureInstalled();
const [command, parameters] = task(node, args);
const child = spawn(command, parameters, {
  cwd: root,
  stdio: 'inherit',
  env: {
    // A test file is a process: without the cache each strips the same types and compiles the same parser.
    ...(name === 'test' ? { NODE_COMPILE_CACHE: join(root, 'node_modules', '.cache', 'node') } : {}),
    ...process.env,
    PATH: `${join(root, 'node_modules', '.bin')}${delimiter}${process.env['PATH'] ?? ''}`,
  },
});
// A terminal sends Ctrl-C to the whole group: the child decides when it is done, this process only waits for it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('error', (error) => {
  process.stderr.write(`${command} did not start: ${error.message}\n`);
  process.exit(1);
});
child.on('exit', (code, signal) => {
  process.exit(signal ? 128 + ({ SIGINT: 2, SIGKILL: 9, SIGTERM: 15 }[signal] ?? 1) : (code ?? 1));
});
