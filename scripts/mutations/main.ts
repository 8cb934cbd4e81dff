import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Mutation, NamedTest } from './mutation.ts';
import { runTests, type TestEnd } from './run-tests.ts';
import { Sandbox } from './sandbox.ts';
import { mutations } from './table/index.ts';

/**
 * Removes one protection after the other from a copy of the packages, and runs the tests that are said to hold it: one of them has
 * to fail. Arguments: parts of names, rules or files; only mutations that have one of them are made.
 */

const root = join(import.meta.dirname, '..', '..');
const leastLimitMs = 20_000;
const baselineLimitMs = 180_000;

interface Baseline {
  readonly durationMs: number;
}

const wanted = process.argv.slice(2).map((text) => text.toLowerCase());
const chosen = mutations.filter(({ name, breaks, file }) => {
  const text = `${breaks}: ${name} ${file}`.toLowerCase();
  return wanted.length === 0 || wanted.some((part) => text.includes(part));
});
const workers = Math.min(2, Math.max(1, availableParallelism()));
const began = performance.now();
const problems: string[] = [];
const baselines = new Map<string, Baseline>();

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Runs the actions two at a time, each with a copy of its own. */
async function eachInSandbox<T>(
  items: readonly T[],
  sandboxes: readonly Sandbox[],
  act: (item: T, sandbox: Sandbox) => Promise<void>,
): Promise<void> {
  const waiting = [...items];
  await Promise.all(
    sandboxes.map(async (sandbox) => {
      for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await act(item, sandbox);
    }),
  );
}

/** The named tests have to pass as long as nothing is missing, and to be there. */
async function checkBaseline(file: string, titles: readonly string[], sandbox: Sandbox): Promise<void> {
  const start = performance.now();
  const end = await runTests(sandbox, file, titles, baselineLimitMs);
  baselines.set(file, { durationMs: performance.now() - start });
  console.log(`         ${file}, ${seconds(start)}`);
  if (end.kind !== 'passed') {
    problems.push(`${file}: its tests do not pass without a mutation: ${explain(end)}`);
    return;
  }
  for (const title of titles)
    if (!end.titles.some((each) => each.includes(title)))
      problems.push(`${file}: no test is called ${JSON.stringify(title)}`);
}

function explain(end: TestEnd): string {
  if (end.kind === 'failed') return `"${end.title}" fails`;
  if (end.kind === 'broken') return `it does not load: ${end.output}`;
  return end.kind;
}

async function checkMutation(mutation: Mutation, sandbox: Sandbox): Promise<void> {
  const start = performance.now();
  const label = `${mutation.breaks}: ${mutation.name}`;
  try {
    const caught = await sandbox.with(mutation, () => firstToFail(mutation.caughtBy, sandbox));
    if (caught === undefined) problems.push(`${label}: no test notices (packages/${mutation.file})`);
    console.log(`${caught === undefined ? 'SURVIVED' : 'caught  '} ${label}`);
    console.log(`         ${caught ?? 'all named tests pass'}, ${seconds(start)}`);
  } catch (error) {
    problems.push(`${label}: ${(error as Error).message}`);
    console.log(`ERROR    ${label}`);
  }
}

/** What the first test that notices shows, or undefined. @throws Error when the mutated file does not load */
async function firstToFail(tests: readonly NamedTest[], sandbox: Sandbox): Promise<string | undefined> {
  for (const { file, title } of tests) {
    const { durationMs = 0 } = baselines.get(file) ?? {};
    const end = await runTests(sandbox, file, [title], Math.max(leastLimitMs, 4 * durationMs));
    if (end.kind === 'broken') throw new Error(`${file} does not load with it: ${end.output}`);
    if (end.kind === 'hung') return `"${title}" never ends`;
    if (end.kind === 'failed') return `"${end.title}" fails`;
  }
  return undefined;
}

if (chosen.length === 0) throw new Error(`no mutation has ${wanted.join(' or ')} in it`);
const sandboxes = await Promise.all(Array.from({ length: workers }, () => Sandbox.create(root)));
// Also when it is interrupted.
process.once('exit', () => {
  for (const { folder } of sandboxes) rmSync(folder, { recursive: true, force: true });
});
try {
  const files = Map.groupBy(
    chosen.flatMap(({ caughtBy }) => caughtBy),
    ({ file }) => file,
  );
  await eachInSandbox([...files], sandboxes, ([file, tests], sandbox) =>
    checkBaseline(file, [...new Set(tests.map(({ title }) => title))], sandbox),
  );
  console.log(`${files.size} files of tests pass without a mutation, ${seconds(began)}`);
  await eachInSandbox(chosen, sandboxes, checkMutation);
} finally {
  await Promise.all(sandboxes.map((sandbox) => sandbox.remove()));
}
for (const problem of problems) console.error(`\n${problem}`);
console.log(`\n${chosen.length} mutations, ${problems.length} problems, ${seconds(began)}`);
process.exitCode = problems.length === 0 ? 0 : 1;
