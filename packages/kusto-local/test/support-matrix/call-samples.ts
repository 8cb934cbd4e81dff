/** Calls of a function that the binder may accept: what its parameters ask for, and then the same value everywhere. */
import type { KnownFunction, KnownParameter } from './parser-names.ts';

const byType: Readonly<Record<string, string>> = {
  bool: 'true',
  datetime: 'datetime(2020-01-01)',
  decimal: 'decimal(1)',
  dynamic: 'dynamic([1])',
  guid: 'guid(74be27de-1e4e-49d9-b579-fe0b331d3642)',
  int: 'int(1)',
  long: '1',
  real: '1.5',
  string: "'a'",
  timespan: '1d',
};

const byKind: Readonly<Record<string, string>> = {
  DynamicArray: 'dynamic([1])',
  DynamicBag: "dynamic({'a': 1})",
  StringOrDynamic: "'a'",
  StringOrArray: "'a'",
  IntegerOrDynamic: '1',
  RealOrDecimal: '1.5',
  Tabular: 'StormEvents',
  SingleColumnTable: '(StormEvents | project EventId)',
  Orderable: '1',
};

function sample(parameter: KnownParameter): string {
  const [value] = parameter.values;
  if (value !== undefined) return `'${value}'`;
  const type = parameter.types.find((name) => byType[name] !== undefined);
  return (type === undefined ? undefined : byType[type]) ?? byKind[parameter.kind] ?? '1';
}

/** Each is a call, `name(…)`. */
export function callSamples(known: KnownFunction): readonly string[] {
  const calls = new Set<string>();
  for (const signature of known.signatures) {
    calls.add(`${known.name}(${signature.map(sample).join(', ')})`);
    for (const same of ["'a'", '1.5', 'dynamic([1])', "dynamic({'a': 1})", 'Details', 'EventId', 'State']) {
      calls.add(`${known.name}(${signature.map(() => same).join(', ')})`);
    }
  }
  return [...calls];
}
