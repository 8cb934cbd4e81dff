import { isMap, isPair, isScalar, isSeq, type Document } from 'yaml';

/** Deeper than any configuration. The library's own recursion would take minutes, or the stack, for a hostile one. */
const MAX_DEPTH = 30;

/**
 * The value of a YAML document without syntax errors.
 * @throws Error naming what a configuration cannot have: nesting without end, or a list or a mapping as a name
 */
export function yamlValue(document: Document): unknown {
  const open: { readonly node: unknown; readonly depth: number }[] = [{ node: document.contents, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next;
    if (depth > MAX_DEPTH) throw new Error(`is nested deeper than ${MAX_DEPTH} levels`);
    if (isPair(node)) {
      // The library would write such a name as text, each level once more for every level around it.
      if (node.key !== null && !isScalar(node.key))
        throw new Error('a name must be a text, not a list or a mapping');
      open.push({ node: node.value, depth });
    } else if (isMap(node) || isSeq(node)) {
      for (const item of node.items) open.push({ node: item, depth: depth + 1 });
    }
  }
  return document.toJS({ maxAliasCount: 100 });
}

/** What is wrong, in words. The library's parser runs out of stack before its nesting can be looked at. */
export function yamlProblem(error: unknown): string {
  if (error instanceof RangeError) return `is nested deeper than ${MAX_DEPTH} levels`;
  return error instanceof Error ? error.message : String(error);
}
