/** What is supported, as rows: the support matrix and the shares that the tests ask for are made of these. */
import { aggregates } from '../../src/kql/sql/aggregates/registry.ts';
import { refusedFunctions } from '../../src/kql/sql/functions/refused.ts';
import { functions } from '../../src/kql/sql/functions/registry.ts';
import { supportedOperators } from '../../src/kql/support.ts';
import type { Harness } from '../../src/kql/testing/harness.ts';
import { aggregateFunctions, excludedFamilies, plugins, scalarFunctions } from './functions.ts';
import { operators, pluginSamples, scalarOperators, sources, storedSources } from './operators.ts';
import type { SyntaxSample } from './operators.ts';
import { refusals } from './refusals.ts';

export interface SupportRow {
  readonly name: string;
  readonly family: string;
  readonly supported: boolean;
  /** In a family that this endpoint leaves out. */
  readonly excluded: boolean;
  readonly note: string;
}

export interface Support {
  readonly functions: readonly SupportRow[];
  readonly aggregates: readonly SupportRow[];
  readonly operators: readonly SupportRow[];
  readonly sources: readonly SupportRow[];
  readonly scalarOperators: readonly SupportRow[];
  readonly plugins: readonly SupportRow[];
}

const machineLearning: ReadonlySet<string> = new Set(['autocluster', 'basket', 'diffpatterns']);

function row(name: string, family: string, supported: boolean, note: string | undefined): SupportRow {
  const excluded = excludedFamilies.has(family);
  const reason =
    refusals[name] ?? refusedFunctions.get(name) ?? (excluded ? 'a family that is left out' : '');
  return { name, family, supported, excluded, note: supported ? (note ?? '') : reason };
}

function rows(
  families: Readonly<Record<string, readonly string[]>>,
  registry: ReadonlyMap<string, { readonly note?: string }>,
): readonly SupportRow[] {
  return Object.entries(families).flatMap(([family, names]) =>
    names.map((name) => row(name, family, registry.has(name), registry.get(name)?.note)),
  );
}

export function compiles(harness: Harness, text: string): boolean {
  try {
    harness.compile(text);
    return true;
  } catch {
    return false;
  }
}

function samples(harness: Harness, list: readonly SyntaxSample[]): readonly SupportRow[] {
  const listed = new Set(supportedOperators);
  return list.map(({ name, family, sample }) =>
    row(name, family, listed.has(name) || storedSources.has(name) || compiles(harness, sample), undefined),
  );
}

/** `a OP b` for an operator of expressions. */
function operatorSample(operator: string): string {
  if (operator.includes('between')) return `print 5 ${operator} (1 .. 9)`;
  if (/^!?in~?$|^has_a/.test(operator)) return `print 'a' ${operator} ('a', 'b')`;
  if (operator === 'and' || operator === 'or') return `print true ${operator} false`;
  return /[a-z~]/.test(operator) ? `print 'a' ${operator} 'a'` : `print 5 ${operator} 3`;
}

export function supportOf(harness: Harness): Support {
  return {
    functions: rows(scalarFunctions, functions),
    aggregates: rows(aggregateFunctions, aggregates),
    operators: samples(harness, operators),
    sources: samples(harness, sources),
    scalarOperators: scalarOperators.map((name) =>
      row(name, 'expressions', compiles(harness, operatorSample(name)), undefined),
    ),
    plugins: plugins.map((name) =>
      row(
        name,
        machineLearning.has(name) ? 'machine learning' : name.startsWith('geo_') ? 'geospatial' : 'plugins',
        pluginSamples[name] !== undefined && compiles(harness, pluginSamples[name]),
        undefined,
      ),
    ),
  };
}

/** `scalar functions 241 of 263 (92 %)`, over what is not excluded. */
export function share(list: readonly SupportRow[]): { readonly done: number; readonly all: number } {
  const counted = list.filter((one) => !one.excluded);
  return { done: counted.filter((one) => one.supported).length, all: counted.length };
}

export function shareText(title: string, list: readonly SupportRow[]): string {
  const { done, all } = share(list);
  return `${title}: ${done} of ${all} (${Math.floor((done * 100) / all)} %)`;
}
