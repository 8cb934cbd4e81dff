// `npm run pack [-- folder]`: the four packages as npm installs them, in dist/ or another folder. They are compiled, since Node
// strips no types below node_modules.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const packages = ['kusto-client', 'source-sdk', 'kusto-source', 'kusto-local'];

/** Packs them all. Returns the paths of the archives. */
export async function pack(folder) {
  const work = await mkdtemp(join(tmpdir(), 'pack-'));
  try {
    const emitted = join(work, 'emitted');
    // Node 22 knows no "using", which the sources have.
    const emit = [
      '--noEmit',
      'false',
      '--rewriteRelativeImportExtensions',
      '--declaration',
      '--target',
      'es2023',
    ];
    run(join(root, 'node_modules', '.bin', 'tsc'), [
      '-p',
      root,
      ...emit,
      '--rootDir',
      root,
      '--outDir',
      emitted,
    ]);
    await mkdir(folder, { recursive: true });
    const archives = [];
    for (const name of packages) {
      const stage = join(work, name);
      await stagePackage(join(root, 'packages', name), join(emitted, 'packages', name), stage);
      const [packed] = npm(
        ['pack', '--json', '--ignore-scripts', '--pack-destination', resolve(folder)],
        stage,
      );
      archives.push(join(resolve(folder), packed.filename));
    }
    return archives;
  } finally {
    await rm(work, { recursive: true });
  }
}

/** What `files` of the package names, its source compiled. */
async function stagePackage(source, emitted, stage) {
  const [{ files }] = npm(['pack', '--dry-run', '--json', '--ignore-scripts'], source);
  for (const { path } of files) {
    const target = join(stage, path);
    await mkdir(dirname(target), { recursive: true });
    if (path === 'package.json')
      await writeFile(target, manifest(await readFile(join(source, path), 'utf8')));
    else if (path.startsWith('src/') && path.endsWith('.ts')) {
      const compiled = path.replace(/\.ts$/, '.js');
      await cp(join(emitted, compiled), join(stage, compiled));
      await writeFile(join(stage, declarationsOf(path)), await declarations(emitted, path));
    } else if (path.startsWith('bin/')) {
      const text = await readFile(join(source, path), 'utf8');
      await writeFile(target, text.replaceAll(/(import\('\.[^']+)\.ts'\)/g, "$1.js')"), { mode: 0o755 });
    } else await cp(join(source, path), target);
  }
}

const declarationsOf = (path) => path.replace(/\.ts$/, '.d.ts');

/** The compiler rewrites imports in code only; tools that read declarations look for what is published, which is `.js`. */
async function declarations(emitted, path) {
  const text = await readFile(join(emitted, declarationsOf(path)), 'utf8');
  return text.replaceAll(/((?:from |import\()["']\.[^"']*)\.ts(["'])/g, '$1.js$2');
}

function manifest(text) {
  const { scripts: _scripts, exports: sources, ...rest } = JSON.parse(text);
  const exports = {};
  for (const [entry, path] of Object.entries(sources))
    exports[entry] = { types: declarationsOf(path), default: path.replace(/\.ts$/, '.js') };
  return `${JSON.stringify({ ...rest, exports }, null, 2)}\n`;
}

function npm(args, cwd) {
  return JSON.parse(run('npm', args, cwd));
}

function run(command, args, cwd = root) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args[0]}: ${error?.message ?? `${stdout}${stderr}`}`);
  return stdout;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const archive of await pack(process.argv[2] ?? join(root, 'dist')))
    process.stdout.write(`${archive}\n`);
}
