// `npm run api`: writes the public API of each package, as its published declarations say it, to docs/api/. A test fails when
// what is checked in there is out of date, so that no export changes unseen. `npm run docs` also writes the reference, made
// from the docstrings, to dist/docs/.
import { cp, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Extractor,
  ExtractorConfig,
  ExtractorLogLevel,
  ExtractorMessageCategory,
} from '@microsoft/api-extractor';
import { pack } from './pack.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Where the reports are checked in. */
export const reportFolder = join(root, 'docs', 'api');

/**
 * Unpacks the packages into `folder`/node_modules as npm would, beside the dependencies that are installed here.
 */
export async function installArchives(folder) {
  const modules = join(folder, 'node_modules');
  await mkdir(join(modules, '@drasi-kusto'), { recursive: true });
  const own = new Set(['@drasi-kusto', 'kusto-local']);
  for (const name of await readdir(join(root, 'node_modules')))
    if (!own.has(name)) await symlink(join(root, 'node_modules', name), join(modules, name));
  const installed = [];
  for (const archive of await pack(join(folder, 'dist'))) {
    const name = basename(archive).replace(
      /^drasi-kusto-(?=kusto-client|kusto-source|source-sdk)/,
      '@drasi-kusto/',
    );
    const target = join(modules, name.replace(/-\d+\.\d+\.\d+\.tgz$/, ''));
    await mkdir(target);
    run('tar', ['xzf', archive, '-C', target, '--strip-components=1']);
    installed.push({ archive, folder: target });
  }
  return installed;
}

/**
 * Writes a report for every entry of every package: `source-sdk.api.md`, `source-sdk-redis.api.md`.
 * @param reports the folder they go to
 * @param models an empty folder, for what the reference is made from
 * @returns what is wrong with the docstrings: links that lead nowhere, tags that are not TSDoc
 */
export async function writeReports(installed, reports, models) {
  const problems = [];
  for (const { folder } of installed) {
    // The extractor takes what lies below node_modules for somebody else's.
    const copy = join(folder.replace(/node_modules.*/, 'own'), basename(folder));
    await cp(folder, copy, { recursive: true });
    const { exports } = JSON.parse(await readFile(join(copy, 'package.json'), 'utf8'));
    for (const [entry, { types }] of Object.entries(exports)) {
      const name = `${basename(folder)}${entry.replace(/^\.\/?(?=.)/, '-').replace(/^\.$/, '')}`;
      problems.push(...extract(copy, types, name, models));
      const report = await readFile(join(models, `${name}.api.md`), 'utf8');
      // A docstring that is added changes no signature.
      const text = report.replaceAll(/^ *\/\/ \(undocumented\)\n/gm, '').replaceAll(' (undocumented)', '');
      await writeFile(join(reports, `${name}.api.md`), text);
    }
  }
  return problems;
}

function extract(folder, types, name, models) {
  const problems = [];
  const compilerOptions = {
    target: 'esnext',
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    types: ['node'],
  };
  const config = ExtractorConfig.prepare({
    packageJsonFullPath: join(folder, 'package.json'),
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, types),
      compiler: { overrideTsconfig: { compilerOptions, files: [types] } },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: models,
        reportTempFolder: join(models, 'temp'),
      },
      docModel: { enabled: true, apiJsonFilePath: join(models, `${name}.api.json`) },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        compilerMessageReporting: { default: { logLevel: 'warning' } },
        extractorMessageReporting: {
          default: { logLevel: 'warning' },
          // Names that say all there is, types seen only through another's: a reader of a declaration has both.
          'ae-missing-release-tag': { logLevel: 'none' },
          'ae-undocumented': { logLevel: 'none' },
          'ae-forgotten-export': { logLevel: 'none' },
        },
        tsdocMessageReporting: { default: { logLevel: 'warning' } },
      },
    },
  });
  Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      message.handled = true;
      if (
        message.logLevel === ExtractorLogLevel.None ||
        message.category === ExtractorMessageCategory.Console
      )
        return;
      problems.push(`${name}: ${message.formatMessageWithLocation(folder)}`);
    },
  });
  return problems;
}

/** Writes the reference: the packages in `target`, and each further entry of one in a folder of its own, as the documenter wants it. */
export async function writeReference(models, target) {
  const files = (await readdir(models)).filter((file) => file.endsWith('.api.json'));
  const [seen, folders] = [new Set(), new Set()];
  for (const file of files.sort((a, b) => a.length - b.length)) {
    const { name } = JSON.parse(await readFile(join(models, file), 'utf8'));
    const folder = seen.has(name) ? file.replace('.api.json', '') : 'packages';
    if (seen.has(name)) folders.add(folder);
    seen.add(name);
    await mkdir(join(models, folder), { recursive: true });
    await cp(join(models, file), join(models, folder, file));
  }
  const documenter = join(root, 'node_modules', '.bin', 'api-documenter');
  // It empties the folder it writes to: the outer one comes first.
  run(documenter, ['markdown', '-i', join(models, 'packages'), '-o', target]);
  for (const folder of folders)
    run(documenter, ['markdown', '-i', join(models, folder), '-o', join(target, folder)]);
}

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args[0]}: ${error?.message ?? `${stdout}${stderr}`}`);
}

async function main() {
  const folder = await mkdtemp(join(tmpdir(), 'api-'));
  try {
    const models = join(folder, 'models');
    await mkdir(models);
    const installed = await installArchives(folder);
    await rm(reportFolder, { recursive: true, force: true });
    await mkdir(reportFolder, { recursive: true });
    const problems = await writeReports(installed, reportFolder, models);
    process.stdout.write(`${reportFolder}\n`);
    if (process.argv.includes('--reference')) {
      const target = join(root, 'dist', 'docs');
      await writeReference(models, target);
      process.stdout.write(`${target}\n`);
    }
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    if (problems.length > 0) process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
