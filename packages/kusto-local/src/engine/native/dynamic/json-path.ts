/** The part of JSONPath that Kusto knows (its page "JSONPath"): `$`, `.name`, `['name']`, `["name"]`, `[n]`. */
import type { Json } from './json.ts';
import { isArray, isBag } from './json.ts';

export type PathStep = number | string;

const step = /\.([A-Za-z_][A-Za-z0-9_]*)|\[\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(\d+))\s*\]/y;

/** @returns undefined when the text is no such path */
export function parseJsonPath(path: string): readonly PathStep[] | undefined {
  if (!path.startsWith('$')) return undefined;
  const steps: PathStep[] = [];
  const pattern = new RegExp(step);
  pattern.lastIndex = 1;
  while (pattern.lastIndex < path.length) {
    const found = pattern.exec(path);
    if (found === null) return undefined;
    const [, name, single, double, index] = found;
    const quoted = single ?? double;
    if (index !== undefined) steps.push(Number(index));
    else steps.push(name ?? (quoted ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return steps;
}

export function valueAt(value: Json, steps: readonly PathStep[]): Json | undefined {
  let current: Json | undefined = value;
  for (const one of steps) {
    if (current === undefined || typeof current === 'string') return undefined;
    if (typeof one === 'number') current = isArray(current) ? current[one] : undefined;
    else current = isBag(current) ? current.get(one) : undefined;
  }
  return current;
}
