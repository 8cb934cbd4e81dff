import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { functions } from '../src/kql/sql/functions/registry.ts';
import { supportedAggregates, supportedFunctions } from '../src/kql/support.ts';
import type { Harness } from '../src/kql/testing/harness.ts';
import { createHarness, stormEvents, stormObjects } from '../src/kql/testing/harness.ts';
import { testHarness } from '../src/kql/testing/test-harness.ts';
import { callSamples } from './support-matrix/call-samples.ts';
import { stringsOf, testStrings } from './support-matrix/case-literals.ts';
import {
  aggregateFunctions,
  excludedFamilies,
  plugins,
  scalarFunctions,
  sourceFunctions,
} from './support-matrix/functions.ts';
import { matrixText } from './support-matrix/matrix-text.ts';
import { operators, sources } from './support-matrix/operators.ts';
import type { KnownFunction } from './support-matrix/parser-names.ts';
import { parserAggregates, parserFunctions, parserPlugins } from './support-matrix/parser-names.ts';
import { refusals } from './support-matrix/refusals.ts';
import type { SupportRow } from './support-matrix/support-rows.ts';
import { compiles, share, shareText, supportOf } from './support-matrix/support-rows.ts';

/** The share of each that has to be supported, in percent. */
const bars = { functions: 95, aggregates: 100, operators: 84, scalarOperators: 100 };

/** The message of the failure; undefined when the text compiles. */
function failure(harness: Harness, text: string): { message: string; innerCode: string } | undefined {
  try {
    harness.compile(text);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Error);
    const { innerCode } = error as Error & { innerCode?: string };
    return { message: error.message, innerCode: innerCode ?? '' };
  }
}

describe('the reference list', () => {
  const harness = testHarness([stormEvents], stormObjects);

  it('has every function that the parser knows, and no other', () => {
    const visible = (list: readonly KnownFunction[]) =>
      [...new Set(list.filter((one) => !one.hidden).map((one) => one.name))].sort();
    assert.deepEqual(
      [...Object.values(scalarFunctions).flat(), ...sourceFunctions].sort(),
      visible(parserFunctions),
    );
    assert.deepEqual(Object.values(aggregateFunctions).flat().sort(), visible(parserAggregates));
    assert.deepEqual([...plugins].sort(), visible(parserPlugins));
  });

  it('gives a reason for each name that is refused, and only for those', () => {
    const support = supportOf(harness);
    const rows: readonly SupportRow[] = Object.values(support).flat();
    const bare = rows.filter((row) => !row.supported && row.note === '').map((row) => row.name);
    assert.deepEqual(bare, [], 'refused without a reason');
    const supported = new Set(rows.filter((row) => row.supported).map((row) => row.name));
    assert.deepEqual(
      Object.keys(refusals).filter((name) => supported.has(name)),
      [],
      'supported by now',
    );
  });

  it('counts the shares', (context) => {
    const support = supportOf(harness);
    for (const [title, list] of Object.entries(support)) context.diagnostic(shareText(title, list));
    for (const [title, bar] of Object.entries(bars)) {
      const { done, all } = share(support[title as keyof typeof bars]);
      assert.ok((done * 100) / all >= bar, `${title}: ${done} of ${all}, less than ${bar} %`);
    }
  });

  it('is told in the documentation', async () => {
    const file = new URL('../docs/kql-support.md', import.meta.url);
    const text = await readFile(file, 'utf8');
    assert.ok(text === matrixText(supportOf(harness)), 'stale: run npm run kql-support -w kusto-local');
  });

  it('has a sample of every operator and source that means something to the binder', () => {
    for (const { name, sample } of [...operators, ...sources]) {
      const failed = failure(harness, sample);
      if (failed === undefined) continue;
      assert.match(failed.message, /line:position=\d+:\d+/, name);
      assert.equal(failed.innerCode.startsWith('SYN'), false, `${name}: ${failed.message}`);
    }
  });
});

describe('what is not supported', () => {
  const harness = testHarness([stormEvents], stormObjects);

  function checkRefused(known: KnownFunction, query: (call: string) => string): boolean {
    let bound = false;
    for (const call of callSamples(known)) {
      const failed = failure(harness, query(call));
      assert.ok(failed !== undefined, `${query(call)} has an answer`);
      assert.match(failed.message, /line:position=\d+:\d+/, query(call));
      if (failed.innerCode !== 'SEM0001') continue;
      assert.ok(failed.message.includes(known.name), `${query(call)}: ${failed.message}`);
      bound = true;
      break;
    }
    return bound;
  }

  it('is refused by name: scalar functions', () => {
    const refused = parserFunctions.filter(
      (one) => !functions.has(one.name) && !sourceFunctions.includes(one.name) && !one.name.startsWith('__'),
    );
    const unbound = refused.filter(
      (one) => !checkRefused(one, (call) => `StormEvents | extend x = tostring(${call})`),
    );
    // The binder itself refuses the others here: they belong into a graph's patterns.
    const graph = new Set(scalarFunctions['graph']);
    assert.deepEqual(
      unbound.map((one) => one.name).filter((name) => !graph.has(name)),
      [],
    );
  });

  it('is refused by name: aggregates', () => {
    const supported = new Set(supportedAggregates);
    const refused = parserAggregates.filter((one) => !supported.has(one.name));
    const unbound = refused.filter(
      (one) => !checkRefused(one, (call) => `StormEvents | summarize x = ${call}`),
    );
    assert.deepEqual(
      unbound.map((one) => one.name),
      [],
    );
  });
});

describe('the cases of the tests', () => {
  let harness: Harness;
  let strings: readonly string[] = [];
  before(async () => {
    harness = await createHarness([stormEvents], stormObjects);
    strings = await testStrings(
      ['../src', '.'].map((folder) => fileURLToPath(new URL(folder, import.meta.url))),
    );
  });
  after(() => {
    harness.close();
  });

  /** Whether a string of the tests that matches has an answer here, as a query or as an expression. */
  async function answered(pattern: RegExp): Promise<boolean> {
    for (const text of strings) {
      if (!pattern.test(text)) continue;
      for (const query of [text, `print v = ${text}`]) {
        if (!compiles(harness, query)) continue;
        try {
          await harness.runAll(query);
          return true;
        } catch {
          // A failure at run time is no value: look on.
        }
      }
    }
    return false;
  }

  async function without(names: readonly string[], pattern: (name: string) => string): Promise<string[]> {
    const missing: string[] = [];
    for (const name of names) {
      if (!(await answered(new RegExp(pattern(name))))) missing.push(name);
    }
    return missing;
  }

  it('are read from the strings of the files', () => {
    assert.deepEqual(
      stringsOf(
        [String.raw`a('x\'y', "z");`, "// 'no'", '/* "no" */ `t`, `${no}`', String.raw`'\u00e4\n'`].join(
          '\n',
        ),
      ),
      ["x'y", 'z', 't', 'ä\n'],
    );
  });

  it('call every supported function', async () => {
    assert.deepEqual(await without(supportedFunctions, (name) => String.raw`\b${name}\s*\(`), []);
  });

  it('call every supported aggregate', async () => {
    assert.deepEqual(await without(supportedAggregates, (name) => String.raw`\b${name}\s*\(`), []);
  });

  it('use every supported operator', async () => {
    const { operators: rows } = supportOf(harness);
    const names = rows
      .filter((row) => row.supported && !excludedFamilies.has(row.family))
      .map((row) => row.name);
    assert.deepEqual(await without(names, (name) => String.raw`(?:\|\s*|^)${name}\b`), []);
  });

  it('use every operator of expressions', async () => {
    const { scalarOperators: rows } = supportOf(harness);
    const names = rows.filter((row) => row.supported).map((row) => row.name);
    const escape = (name: string) => name.replaceAll(/[+*/]/g, String.raw`\$&`).replace(' ', String.raw`\s+`);
    assert.deepEqual(await without(names, (name) => String.raw`\s?${escape(name)}\s?`), []);
  });
});
